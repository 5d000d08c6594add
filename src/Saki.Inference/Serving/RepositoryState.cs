using System.Text.Json;
using System.Text.Json.Serialization;
using Saki.Storage;

namespace Saki.Inference.Serving;

/// <summary>Where a repository keeps its things, and how it opens models.</summary>
public sealed record RepositoryOptions
{
    /// <summary>Folder for unpacked archives.</summary>
    public required string Cache { get; init; }

    /// <summary>The file that a restart reads; null: nothing is kept.</summary>
    public string? StateFile { get; init; }

    /// <summary>The file that keeps canaries, shadows and what changed; beside <see cref="StateFile"/>.</summary>
    public string? RoutingFile => StateFile is null ? null : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(StateFile))!, "routing.json");

    /// <summary>Runs at once; null: one per core.</summary>
    public int? Slots { get; init; }

    /// <summary>Limits on pictures, sessions.</summary>
    public PredictorOptions Predictor { get; init; } = new();

    /// <summary>Tries models that no package vouches for before they are loaded here; null (default): none is tried.</summary>
    public ModelProbe? Probe { get; init; }

    /// <summary>True (default): what saki tune wrote beside a model is kept to.</summary>
    public bool Tuned { get; init; } = true;

    /// <summary>Measures.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>A loaded version as the state file has it.</summary>
internal sealed record SavedModel(string Name, string Version, string Source, bool Default);

/// <summary>The state file: what was loaded, in the order it came.</summary>
internal static class RepositoryState
{
    public static IReadOnlyList<SavedModel> Read(string? file)
    {
        if (file is null || !File.Exists(file)) return [];
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), RepositoryJson.Default.IReadOnlyListSavedModel) ?? [];
        }
        catch (JsonException failure)
        {
            throw new SakiException("Reading the list of served models", "the file that saki wrote", "something else", $"Delete {file} and load the models again.", failure);
        }
    }

    public static void Write(string? file, IEnumerable<ModelEntry> models)
    {
        if (file is null) return;
        IReadOnlyList<SavedModel> saved = [.. models.OrderBy(entry => entry.Order)
            .SelectMany(entry => entry.Versions.Keys.Where(entry.Sources.ContainsKey).Select(version => new SavedModel(entry.Name, version, ModelSource.IsReference(entry.Sources[version]) ? entry.Sources[version] : Path.GetFullPath(entry.Sources[version]), version == entry.Default)))];
        DurableFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(saved, RepositoryJson.Default.IReadOnlyListSavedModel));
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<SavedModel>))]
internal sealed partial class RepositoryJson : JsonSerializerContext;
