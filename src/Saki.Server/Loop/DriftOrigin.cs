using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Saki.Drift;
using Saki.Inference.Serving;
using Saki.Server.Registry;
using Saki.Server.Tracking.Runs;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Server.Loop;

/// <summary>Where the reference of a champion's drift comes from: what it was trained on, or what was kept of its first pictures.</summary>
internal sealed class DriftOrigin(SakiHome home, string model, long version, int pictures, bool embeds, ModelRepository models, RegistryReader registry, RunReader runs)
{
    private const long Longest = 64_000_000;

    /// <summary>Whose data sets.</summary>
    public SakiHome Home => home;

    private string Path => System.IO.Path.Combine(home.Loops, $"{model}.drift.json");

    /// <summary>The version's package; null where it cannot be had.</summary>
    public string? Folder() => models.Resolve?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{ModelReference.Scheme}{model}/{version}")).Folder;

    /// <summary>The data set version that the model was trained on, as NAME@DIGEST; null where its run names none.</summary>
    public string? Trained() => registry.Get(model, version).RunId is { Length: > 0 } run ? runs.Get(run).Data.Tags.FirstOrDefault(tag => tag.Key == SakiTags.Dataset)?.Value : null;

    /// <summary>The first pictures of this very version, from before a restart; null for none.</summary>
    public IReadOnlyList<PictureTraits>? Kept()
    {
        if (embeds || !File.Exists(Path) || new FileInfo(Path).Length > Longest) return null;
        try
        {
            var kept = JsonSerializer.Deserialize(File.ReadAllBytes(Path), DriftJson.Default.KeptReference);
            return kept is not null && kept.Version == version && kept.Pictures.Count == pictures ? kept.Pictures : null;
        }
        catch (JsonException)
        {
            return null; // edited by hand: the next pictures are the reference
        }
    }

    /// <summary>Keeps the numbers of the first pictures over a restart; not so embeddings, from which more of a picture might be told than nobody agreed to have kept.</summary>
    public void Keep(IReadOnlyList<PictureTraits> first)
    {
        if (embeds) return;
        Directory.CreateDirectory(home.Loops);
        DurableFile.Write(Path, JsonSerializer.SerializeToUtf8Bytes(new KeptReference(version, first), DriftJson.Default.KeptReference));
    }
}

/// <summary>What a version's traffic is held against, as it is kept.</summary>
internal sealed record KeptReference(long Version, IReadOnlyList<PictureTraits> Pictures);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KeptReference))]
internal sealed partial class DriftJson : JsonSerializerContext;
