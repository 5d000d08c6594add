using System.Collections.Immutable;

namespace Saki.Inference.Serving;

/// <summary>A model's name with the versions that are loaded.</summary>
/// <param name="Name">In addresses.</param>
/// <param name="Order">Counts models in the order they came.</param>
public sealed record ModelEntry(string Name, int Order)
{
    /// <summary>What is loaded, by version.</summary>
    public ImmutableSortedDictionary<string, ServedModel> Versions { get; init; } = ImmutableSortedDictionary.Create<string, ServedModel>(StringComparer.Ordinal);

    /// <summary>True while a version answers.</summary>
    public bool IsLoaded => Versions.Count > 0;

    /// <summary>Where each version, loaded or unloaded since, came from.</summary>
    public ImmutableSortedDictionary<string, string> Sources { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The version that answers when none is named.</summary>
    public string Default { get; init; } = "";

    /// <summary>Versions by the stages and aliases of the registry that the model comes from, without regard to case.</summary>
    public ImmutableSortedDictionary<string, string> Aliases { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The loaded version that is asked for; null when there is none.</summary>
    /// <param name="version">A version, a stage or an alias, also with an @ before it; <c>production</c> is the default where no registry says otherwise. Null: the default.</param>
    public ServedModel? Find(string? version)
    {
        if (Versions.TryGetValue(version ?? Default, out var model)) return model;
        if (version is null) return null;
        var alias = version.StartsWith('@') ? version[1..] : version;
        if (!Aliases.TryGetValue(alias, out var meant)) meant = alias.Equals("production", StringComparison.OrdinalIgnoreCase) && Aliases.Count == 0 ? Default : "";
        return Versions.GetValueOrDefault(meant);
    }
}

/// <summary>No such model or version is loaded.</summary>
public sealed class ModelNotFoundException : SakiException
{
    internal ModelNotFoundException(string? name, string? version, IEnumerable<ModelEntry> known)
        : base("Answering", "the name of a loaded model", Asked(name, version), Known(known)) { }

    private static string Asked(string? name, string? version) =>
        name is null ? "no model at all" : $"\"{Shown(name)}\"{(version is null ? "" : $" version \"{Shown(version)}\"")}";

    private static string Known(IEnumerable<ModelEntry> known)
    {
        var names = known.Where(entry => entry.IsLoaded).Select(entry => $"{entry.Name} ({string.Join(", ", entry.Versions.Keys)})").Take(20).ToList();
        return names.Count == 0 ? "Load one first." : $"Loaded: {string.Join(", ", names)}.";
    }

    private static string Shown(string text) => PlainText.Of(text, 64);
}
