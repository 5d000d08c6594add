using Saki.Pickle;

namespace Saki.Datasets;

/// <summary>
/// CIFAR-10's Python version: a folder or an archive with the pickles <c>data_batch_N</c> (train), <c>test_batch</c> (test) and <c>batches.meta</c> (class names).
/// The pickles are read without Python and may name nothing but NumPy's arrays. Gives the same data set version as the binary one.
/// </summary>
public sealed class Cifar10PythonReader : IDatasetReader
{
    private static readonly PickleRules Rules = new() { Global = NumpyArray.Global, MaxBytes = 256 << 20, MaxInstructions = 5_000_000 };

    private readonly string _path;
    private readonly string _name;

    /// <param name="path">Folder or archive; the class names are read at once.</param>
    /// <exception cref="SakiException">The class names are missing or wrong, or a pickle asks for more than data.</exception>
    public Cifar10PythonReader(string path)
    {
        _path = Path.GetFullPath(path);
        _name = Path.GetFileName(_path.TrimEnd(Path.DirectorySeparatorChar));
        Classes = ReadClasses();
    }

    /// <inheritdoc/>
    public string Format => "cifar10-python";

    /// <inheritdoc/>
    public string Source => _path;

    /// <summary>The ten names of <c>batches.meta</c>.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public long? ExpectedCount => null;

    /// <summary>True for the file names of the format.</summary>
    internal static bool IsPart(string file) => file is "batches.meta" or "test_batch" or "readme.html" || Cifar10.IsTrainBatch(file);

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        var batches = 0;
        foreach (var entry in Files())
        {
            if (entry.Name is "batches.meta" or "readme.html") continue;
            batches++;
            foreach (var image in ReadBatch(entry)) yield return image;
        }
        if (batches == 0) throw new SakiException($"Reading {_name}", "data_batch_1 … or test_batch", "neither", "Use cifar-10-python.tar.gz.");
    }

    private IEnumerable<SourceImage> ReadBatch(ArchiveEntry entry)
    {
        var batch = ReadDict(entry);
        if (batch.GetValueOrDefault("data") is not NumpyArray { Type: "u1", Shape: [var count, Cifar10.PixelBytes] } data || batch.GetValueOrDefault("labels") is not List<object?> labels || labels.Count != count)
            throw Wrong(entry.Name, "data of N x 3072 bytes and N labels", "something else");
        var split = Cifar10.IsTrainBatch(entry.Name) ? Split.Train : Split.Test;
        var image = Cifar10.BlankImage();
        for (var i = 0; i < labels.Count; i++)
        {
            if (labels[i] is not long label || label < 0 || label >= Classes.Count) throw Wrong(entry.Name, $"a label from 0 to {Classes.Count - 1}", $"{labels[i] ?? "None"} in record {i}");
            Cifar10.Interleave(data.Data.Span.Slice(i * Cifar10.PixelBytes, Cifar10.PixelBytes), image);
            yield return new SourceImage(Cifar10.PathOf(split, Classes[(int)label], entry.Name, i), (int)label, split, image);
        }
    }

    private string[] ReadClasses()
    {
        foreach (var entry in Files())
        {
            if (entry.Name != "batches.meta") continue;
            var names = ReadDict(entry).GetValueOrDefault("label_names") as List<object?> ?? throw Wrong(entry.Name, "label_names", "none");
            return Cifar10.CheckClasses(entry.Name, _name, [.. names.Select(name => Unpickler.Text(name) ?? "")]);
        }
        throw Wrong(_name, "batches.meta with the class names", "none");
    }

    private OrderedDictionary<object, object?> ReadDict(ArchiveEntry entry) =>
        Unpickler.Read(new BufferedStream(entry.Content, 1 << 16), $"{entry.Name} of {_name}", Rules) as OrderedDictionary<object, object?> ?? throw Wrong(entry.Name, "a dict", "something else");

    private IEnumerable<ArchiveEntry> Files() => Cifar10.Files(_path, IsPart, "Python");

    private SakiException Wrong(string file, string expected, string got) => new($"Reading {file} of {_name}", expected, got, "Use cifar-10-python.tar.gz as its publisher has it.");
}
