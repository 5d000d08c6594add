using System.Text;
using System.Text.Json;
using Saki.Storage;

namespace Saki.Pipelines;

/// <summary>
/// An opened package: the folder that a model version points to. Every file was compared with <c>SHA256SUMS</c> when it was opened; the model itself is
/// compared again when it is read, so that what runs is what was checked.
/// </summary>
public sealed class Package
{
    /// <summary>The name of the file of digests, in the form of <c>sha256sum</c>.</summary>
    public const string SumsFile = "SHA256SUMS";

    /// <summary>The name of the golden sample's file.</summary>
    public const string GoldenFile = "golden.json";

    private const int MostFiles = 64;
    private const int LargestText = 1 << 20;
    private const long LargestFile = 16L << 30;

    // MLflow's registry client adds the second to what it downloads; the third is what saki tune measured on this machine.
    private static readonly string[] Ignored = [SumsFile, "registered_model_meta", "serving.json"];

    private Package(string folder, IReadOnlyDictionary<string, Digest> files, Digest digest)
    {
        (Folder, Files, Digest) = (folder, files, digest);
        (Model, RunId) = MLmodelFile.ReadName(ReadText(MLmodelFile.Name));
        Pipeline = PipelineFile.Parse(ReadText(PipelineFile.Name));
        Golden = ReadGolden();
        if (!files.ContainsKey(Pipeline.Estimator.File)) throw Broken($"the estimator's file {Pipeline.Estimator.File}", "a package without it");
    }

    /// <summary>Where it lies, absolute.</summary>
    public string Folder { get; }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>The run that made it; null for a model from elsewhere.</summary>
    public string? RunId { get; }

    /// <summary>Names the whole content: the digest of SHA256SUMS.</summary>
    public Digest Digest { get; }

    /// <summary>The version while no registry has given a number: the first 12 digits of <see cref="Digest"/>.</summary>
    public string Version => Digest.Short;

    /// <summary>What it does with a picture.</summary>
    public Pipeline Pipeline { get; }

    /// <summary>The answer it must give.</summary>
    public GoldenSample Golden { get; }

    /// <summary>The files and their digests; all lie directly in the folder.</summary>
    public IReadOnlyDictionary<string, Digest> Files { get; }

    /// <summary>The card's Markdown.</summary>
    public string Card => ReadText(ModelCard.FileName);

    /// <summary>The estimator's path.</summary>
    public string ModelFile => Path.Combine(Folder, Pipeline.Estimator.File);

    /// <summary>Opens a folder and checks every file in it.</summary>
    /// <exception cref="SakiException">It is no package, a file was changed, added, taken away, or is a link.</exception>
    public static Package Open(string folder)
    {
        var full = Path.GetFullPath(folder);
        var sums = Path.Combine(full, SumsFile);
        if (!Directory.Exists(full)) throw new SakiException("Opening the package", "a package folder", $"no folder at {folder}", "Check the path.");
        if (!File.Exists(sums)) throw Broken($"a package folder with {SumsFile}", $"{Path.GetFileName(full)} without it");
        if (new FileInfo(sums) is { LinkTarget: not null } or { Length: > LargestText }) throw Broken($"{SumsFile} as a plain file of at most 1 MB", "a link or a larger file");

        var content = File.ReadAllBytes(sums);
        var files = ReadSums(Encoding.UTF8.GetString(content));
        foreach (var entry in new DirectoryInfo(full).EnumerateFileSystemInfos())
            if (!files.ContainsKey(entry.Name) && !Ignored.Contains(entry.Name)) throw Broken($"only the files of {SumsFile}", $"{entry.Name} as well");
        foreach (var (name, digest) in files) Verify(Path.Combine(full, name), name, digest);
        return new Package(full, files, Digest.Of(content));
    }

    /// <summary>The names in a file of digests: what belongs to the package beside that file.</summary>
    /// <param name="sums">The content of <see cref="SumsFile"/>.</param>
    /// <exception cref="SakiException">It is none of a package.</exception>
    public static IReadOnlyCollection<string> FilesOf(ReadOnlySpan<byte> sums) =>
        sums.Length <= LargestText ? ReadSums(Encoding.UTF8.GetString(sums)).Keys : throw Broken($"{SumsFile} of at most 1 MB", "a larger file");

    /// <summary>The estimator's bytes, compared with their digest once more.</summary>
    /// <exception cref="SakiException">The file was changed since the package was opened, or is larger than 2 GB.</exception>
    public byte[] ReadModel()
    {
        if (new FileInfo(ModelFile).Length > Array.MaxLength) throw Broken("a model file of at most 2 GB", "a larger one");
        var bytes = File.ReadAllBytes(ModelFile);
        return Digest.Of(bytes) == Files[Pipeline.Estimator.File] ? bytes : throw Changed(Pipeline.Estimator.File);
    }

    private static Dictionary<string, Digest> ReadSums(string text)
    {
        var files = new Dictionary<string, Digest>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // sha256sum's form: 64 digits, a space, a space or star, the name
            if (line.Length < 67 || line[64] != ' ' || line[65] is not (' ' or '*') || !Digest.TryParse(line.AsSpan(0, 64), out var digest))
                throw Broken($"lines of sha256sum in {SumsFile}", "another form");
            var name = line[66..].TrimEnd('\r');
            if (!PipelineRules.IsBareName(name) || Ignored.Contains(name)) throw Broken($"plain file names in {SumsFile}", "a name with other characters or a path");
            if (!files.TryAdd(name, digest)) throw Broken($"each file once in {SumsFile}", $"{name} twice");
            if (files.Count > MostFiles) throw Broken($"at most {MostFiles} files", "more");
        }
        foreach (var needed in new[] { MLmodelFile.Name, PipelineFile.Name, ModelCard.FileName, GoldenFile })
            if (!files.ContainsKey(needed)) throw Broken(needed, $"a {SumsFile} without it");
        return files;
    }

    private static void Verify(string path, string name, Digest expected)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw Broken(name, "no such file in the package");
        if (file.LinkTarget is not null) throw Broken($"{name} as a plain file", "a link");
        if (file.Length > LargestFile) throw Broken($"files of at most {LargestFile >> 30} GB", $"{name} with {file.Length >> 30} GB");
        using var stream = file.OpenRead();
        if (Digest.Of(stream) != expected) throw Changed(name);
    }

    private GoldenSample ReadGolden()
    {
        const int LargestSide = 3 * 8192;
        GoldenSample? golden;
        try
        {
            golden = JsonSerializer.Deserialize(ReadText(GoldenFile), PipelineJson.Default.GoldenSample);
        }
        catch (JsonException failure)
        {
            throw new SakiException("Opening the package", $"a golden sample in {GoldenFile}", "JSON of another form", "Package the model again.", failure);
        }
        return golden is { Width: > 0 and <= LargestSide, Height: > 0 and <= LargestSide, Channels: 1 or 3, Output.Count: > 0, Tolerance: >= 0 and <= 0.1f }
            && (long)golden.Width * golden.Height * golden.Channels <= Array.MaxLength
            ? golden
            : throw Broken($"a golden sample in {GoldenFile}", "values out of range");
    }

    // Small files only; what is read is what was verified, or the content's digest says otherwise.
    private string ReadText(string name)
    {
        var path = Path.Combine(Folder, name);
        if (new FileInfo(path).Length > LargestText) throw Broken($"{name} of at most 1 MB", "a larger file");
        var bytes = File.ReadAllBytes(path);
        return Digest.Of(bytes) == Files[name] ? Encoding.UTF8.GetString(bytes) : throw Changed(name);
    }

    private static SakiException Changed(string name) => Broken($"{name} with the digest in {SumsFile}", "other content", "The file was changed or damaged: take the package from its source again.");

    private static SakiException Broken(string expected, string got, string? next = null) => new("Opening the package", expected, got, next ?? "Make the package with saki train or saki package.");
}
