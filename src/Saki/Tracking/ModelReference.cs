using System.Globalization;

namespace Saki.Tracking;

/// <summary>A version of a registered model as MLflow writes it: <c>models:/NAME/3</c>, <c>models:/NAME@alias</c>, <c>models:/NAME/Production</c>, <c>models:/NAME/latest</c>.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">Its number; null when <paramref name="Alias"/> or <paramref name="Stage"/> says which.</param>
/// <param name="Alias">The name that points to it.</param>
/// <param name="Stage">The stage whose highest version is meant; <c>latest</c> for the highest of all.</param>
public sealed record ModelReference(string Name, long? Version, string? Alias, string? Stage)
{
    /// <summary>What each begins with.</summary>
    public const string Scheme = "models:/";

    /// <summary>The word for the highest version of all.</summary>
    public const string Latest = "latest";

    private static readonly string[] Stages = [Latest, "None", "Staging", "Production", "Archived"];

    /// <summary>Reads the written form.</summary>
    /// <exception cref="SakiException">It is none.</exception>
    public static ModelReference Parse(string text)
    {
        var rest = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..].TrimStart('/') : throw Wrong(text, "another form");
        if (rest.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash)
        {
            var (name, which) = (rest[..slash], rest[(slash + 1)..]);
            if (long.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return new ModelReference(name, version, null, null);
            var stage = Array.Find(Stages, known => known.Equals(which, StringComparison.OrdinalIgnoreCase));
            return stage is null ? throw Wrong(text, $"\"{which}\"", DidYouMean.Hint(which, Stages)) : new ModelReference(name, null, null, stage);
        }
        return rest.LastIndexOf('@') is > 0 and var at && at + 1 < rest.Length ? new ModelReference(rest[..at], null, rest[(at + 1)..], null) : throw Wrong(text, "no version");
    }

    /// <inheritdoc/>
    public override string ToString() => Alias is not null ? $"{Scheme}{Name}@{Alias}" : string.Create(CultureInfo.InvariantCulture, $"{Scheme}{Name}/{(Version is { } number ? number : Stage)}");

    private static SakiException Wrong(string text, string got, string? next = null) =>
        new($"Finding the model {text}", "models:/NAME/VERSION, models:/NAME@ALIAS or models:/NAME/STAGE", got, next ?? "See the models with: saki models list");
}
