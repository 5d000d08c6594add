using System.Text.Json;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>What the folder of a run says beyond what was logged, for runs that were made in this home folder.</summary>
internal sealed class LocalRun
{
    private const int MostOverrides = 200, LargestFile = 1_000_000;
    private readonly string _folder;

    private LocalRun(string id, string folder) => (Id, _folder) = (id, folder);

    /// <summary>The folder's id, which the command knows it by.</summary>
    public string Id { get; }

    /// <summary>Whether it can go on from a checkpoint.</summary>
    public bool Resumable => File.Exists(Path.Combine(_folder, "checkpoints", "last.safetensors"));

    /// <summary>The folder of a run; null for a run of another machine.</summary>
    public static LocalRun? Find(SakiHome home, Run run)
    {
        var id = run.Data.Tags.FirstOrDefault(tag => tag.Key == SakiTags.LocalRun)?.Value ?? run.Info.RunId;
        if (id.Length != 32 || !id.All(char.IsAsciiHexDigitLower)) return null;
        var folder = Path.Combine(home.Runs, id);
        return Directory.Exists(folder) ? new LocalRun(id, folder) : null;
    }

    /// <summary>What was typed; null when not known.</summary>
    public List<string>? Overrides()
    {
        var file = Path.Combine(_folder, ".hydra", "overrides.yaml");
        return File.Exists(file) ? [.. File.ReadLines(file).Take(MostOverrides).Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..])] : null;
    }

    /// <summary>Where each setting was written; null when not known.</summary>
    public Dictionary<string, string>? Origins()
    {
        var file = new FileInfo(Path.Combine(_folder, ".hydra", "origins.json"));
        if (!file.Exists || file.Length > LargestFile) return null;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file.FullName));
            return json.RootElement.EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetString() ?? "", StringComparer.Ordinal);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
