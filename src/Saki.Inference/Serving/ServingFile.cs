using System.Text.Json;
using System.Text.Json.Serialization;
using Saki.Storage;

namespace Saki.Inference.Serving;

/// <summary>
/// What <c>saki tune</c> measured for a model on a machine: <c>serving.json</c> in a package, <c>NAME.serving.json</c> beside another model file. It says how fast, never what is answered,
/// so it is not among a package's digests. A machine with another number of processors passes it over.
/// </summary>
public sealed record ServingFile
{
    /// <summary>Its name inside a package.</summary>
    public const string Name = "serving.json";

    private const int MostBytes = 64 * 1024, Most = 4096;

    /// <summary>Processors that it was measured on.</summary>
    public required int Processors { get; init; }

    /// <summary>Threads of one run, 1 or more.</summary>
    public required int Threads { get; init; }

    /// <summary>Runs at once, 1 or more.</summary>
    public required int Instances { get; init; }

    /// <summary>Most rows in one run, 1 or more.</summary>
    public required int MaxBatch { get; init; }

    /// <summary>Rows per second that were measured; for people.</summary>
    public double RowsPerSecond { get; init; }

    /// <summary>Milliseconds within which 99 of 100 were answered; for people.</summary>
    public double P99 { get; init; }

    /// <summary>Where the file of a model lies, or would lie.</summary>
    public static string PathFor(ModelPlan plan) =>
        plan.Package is { } package ? Path.Combine(package.Folder, Name) : Path.Combine(Path.GetDirectoryName(plan.ModelFile)!, $"{Path.GetFileNameWithoutExtension(plan.ModelFile)}.{Name}");

    /// <summary>A model's settings with what was measured for it here; as they are when nothing was.</summary>
    /// <exception cref="SakiException">The file is not one of saki tune.</exception>
    public static ServingSettings Apply(ModelPlan plan)
    {
        if (Read(PathFor(plan)) is not { } tuned || tuned.Processors != Environment.ProcessorCount) return plan.Settings;
        return plan.Settings with { Threads = tuned.Threads, Instances = tuned.Instances, MaxBatch = tuned.MaxBatch };
    }

    /// <summary>Reads a file; null when there is none.</summary>
    /// <exception cref="SakiException">It is not one of saki tune.</exception>
    public static ServingFile? Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists) return null;
        if (file.LinkTarget is not null || file.Length > MostBytes) throw Broken(path, "a link or a large file");
        try
        {
            var read = JsonSerializer.Deserialize(File.ReadAllBytes(path), ServingFileJson.Default.ServingFile);
            return read is { Processors: > 0, Threads: > 0 and <= Most, Instances: > 0 and <= Most, MaxBatch: > 0 and <= Most } ? read : throw Broken(path, "numbers out of range");
        }
        catch (JsonException)
        {
            throw Broken(path, "something else");
        }
    }

    /// <summary>Writes it for <paramref name="plan"/> and gives the path.</summary>
    public string Write(ModelPlan plan)
    {
        var path = PathFor(plan);
        DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, ServingFileJson.Default.ServingFile));
        return path;
    }

    private static SakiException Broken(string path, string got) => new($"Reading {Path.GetFileName(path)}", "the file that saki tune writes", got, "Delete it, or type: saki tune MODEL");
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServingFile))]
internal sealed partial class ServingFileJson : JsonSerializerContext;
