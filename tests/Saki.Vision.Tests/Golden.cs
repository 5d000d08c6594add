using System.Text.Json;

namespace Saki.Vision.Tests;

/// <summary>Reads tests/golden/vision.</summary>
internal static class Golden
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    internal static T[] Read<T>(string file) => JsonSerializer.Deserialize<T[]>(File.ReadAllText(Path.Combine(Folder(), file)), Web)!;

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Saki.slnx"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "tests", "golden", "vision");
    }
}
