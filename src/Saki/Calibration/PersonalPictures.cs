using Saki.Datasets;

namespace Saki.Calibration;

/// <summary>A picture of a person with the class that they say it shows.</summary>
/// <param name="Name">Relative, as its source has it; for messages only.</param>
/// <param name="Label">Index into the model's labels.</param>
/// <param name="Bytes">The encoded picture.</param>
public sealed record PersonalPicture(string Name, int Label, byte[] Bytes);

/// <summary>What a zip or a folder of class folders brings for a calibration.</summary>
/// <param name="Pictures">In the order of their names.</param>
/// <param name="LeftOut">Files that are no pictures, and why.</param>
/// <param name="Missing">Classes of the model without a picture: they are rehearsed only.</param>
public sealed record PersonalPictures(IReadOnlyList<PersonalPicture> Pictures, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<string> Missing)
{
    /// <summary>Most pictures of one calibration, and most bytes of one picture.</summary>
    public const int Most = 2000, MostBytes = 20_000_000;

    /// <summary>Fewest classes: fitted to one alone, a model would learn to say nothing else.</summary>
    public const int FewestClasses = 2;

    /// <summary>What the archive of a calibration may bring.</summary>
    public static ArchiveLimits Limits { get; } = new(300_000_000, 5000);

    /// <summary>Reads a zip (or tar) with class folders at its root, or such a folder. One folder around them all is looked through.</summary>
    /// <param name="path">The archive or folder.</param>
    /// <param name="labels">The model's classes.</param>
    /// <param name="refuse">Looks at an encoded picture: null when it can be read, else why not as the end of a sentence.</param>
    /// <exception cref="SakiException">A hostile archive; folders that are no class; pictures of fewer than two classes.</exception>
    public static PersonalPictures Read(string path, IReadOnlyList<string> labels, Func<ReadOnlyMemory<byte>, string?> refuse)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        if (!File.Exists(path) && !Directory.Exists(path)) throw new SakiException($"Reading {name}", "a zip or a folder with a folder for each class", "nothing there", "Check the path.");
        // Names first: a folder that is no class is told of before a single picture is decoded.
        var names = Entries(path).Select(entry => entry.Name).ToList();
        var around = Around(names, labels);
        CheckFolders(name, names.Select(entry => Inside(entry, around)), labels);
        var (pictures, leftOut) = (new List<PersonalPicture>(), new List<LeftOut>());
        foreach (var (entry, load) in Entries(path))
        {
            var inside = Inside(entry, around);
            if (inside.IndexOf('/', StringComparison.Ordinal) is not (> 0 and var slash))
            {
                leftOut.Add(new LeftOut(DatasetName.Printable(entry), "a file outside of the class folders"));
                continue;
            }
            if (pictures.Count == Most) throw new SakiException($"Reading {name}", $"at most {Most:N0} pictures", "more", "Twenty of each class are plenty.");
            var (bytes, problem) = load();
            if ((problem ?? refuse(bytes)) is { } why) leftOut.Add(new LeftOut(DatasetName.Printable(inside), why));
            else pictures.Add(new PersonalPicture(DatasetName.Printable(inside), LabelOf(inside[..slash], labels), bytes));
        }
        pictures.Sort((a, b) => DatasetDigest.PathOrder.Compare(a.Name, b.Name));
        return Checked(name, new PersonalPictures(pictures, leftOut, [.. labels.Where((_, label) => pictures.TrueForAll(picture => picture.Label != label))]), labels);
    }

    private static PersonalPictures Checked(string name, PersonalPictures found, IReadOnlyList<string> labels)
    {
        if (labels.Count - found.Missing.Count >= FewestClasses) return found;
        var first = found.LeftOut.Count > 0 ? $" ({found.LeftOut.Count} left out; {found.LeftOut[0].Path}: {found.LeftOut[0].Reason.TrimEnd('.')})" : "";
        throw new SakiException($"Reading {name}", $"pictures of at least {FewestClasses} of the classes {string.Join(", ", labels)}", $"pictures of {labels.Count - found.Missing.Count}{first}",
            "Put pictures into folders named after the classes.");
    }

    private static void CheckFolders(string name, IEnumerable<string> entries, IReadOnlyList<string> labels)
    {
        var strangers = entries.Where(entry => entry.Contains('/', StringComparison.Ordinal)).GroupBy(entry => entry[..entry.IndexOf('/', StringComparison.Ordinal)], StringComparer.Ordinal)
            .Where(folder => LabelOf(folder.Key, labels) < 0).ToList();
        if (strangers.Count == 0) return;
        var said = strangers.Take(5).Select(folder => $"\"{DatasetName.Printable(folder.Key)}\" ({folder.Count():N0} {(folder.Count() == 1 ? "file" : "files")})");
        throw new SakiException($"Reading {name}", $"folders named after the classes {string.Join(", ", labels)}", string.Join(", ", said) + (strangers.Count > 5 ? $" and {strangers.Count - 5} more" : ""),
            $"{DidYouMean.Hint(strangers[0].Key, labels)} Rename or remove the folder.".Trim());
    }

    // Exactly, else without regard to case where that means one class only.
    private static int LabelOf(string folder, IReadOnlyList<string> labels)
    {
        var alike = Enumerable.Range(0, labels.Count).Where(label => string.Equals(labels[label], folder, StringComparison.OrdinalIgnoreCase)).ToList();
        return alike.FirstOrDefault(label => labels[label] == folder, alike.Count == 1 ? alike[0] : -1);
    }

    // The one folder that holds everything and is no class itself; empty for none.
    private static string Around(IReadOnlyCollection<string> names, IReadOnlyList<string> labels)
    {
        var tops = names.Select(entry => entry.Split('/')[0]).Distinct(StringComparer.Ordinal).ToList();
        return tops is [var only] && LabelOf(only, labels) < 0 && names.All(entry => entry.Count(sign => sign == '/') >= 2) ? $"{only}/" : "";
    }

    private static string Inside(string entry, string around) => around.Length > 0 && entry.StartsWith(around, StringComparison.Ordinal) ? entry[around.Length..] : entry;

    private static IEnumerable<(string Name, Func<(byte[] Bytes, string? Problem)> Load)> Entries(string path)
    {
        if (Directory.Exists(path))
        {
            var files = Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint });
            foreach (var file in files.Take(Limits.Entries + 1).Select((file, index) => index < Limits.Entries ? file : throw TooMany(path)))
                if (Path.GetRelativePath(path, file).Replace(Path.DirectorySeparatorChar, '/') is var relative && !IsLitter(relative)) yield return (relative, () => Load(file));
            yield break;
        }
        foreach (var entry in Archive.Read(path, Limits))
        {
            var relative = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (!IsLitter(relative)) yield return (relative, () => Load(entry));
        }
    }

    private static SakiException TooMany(string path) => new($"Reading {Path.GetFileName(path)}", $"at most {Limits.Entries:N0} files", "more");

    private static bool IsLitter(string name) => name.Split('/').Any(ImageFile.IsLitter);

    private static (byte[], string?) Load(string file)
    {
        if (new FileInfo(file).Length > MostBytes) return ([], $"more than {MostBytes / 1_000_000} MB");
        byte[] buffer = [];
        var problem = ImageFile.Load(file, ref buffer, out var length);
        return (buffer[..length], problem);
    }

    private static (byte[], string?) Load(ArchiveEntry entry)
    {
        if (entry.Length > MostBytes) return ([], $"more than {MostBytes / 1_000_000} MB");
        byte[] buffer = [];
        var problem = ImageFile.Load(entry, ref buffer, out var length);
        return (buffer[..length], problem);
    }
}
