using System.Globalization;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Server.Calibration;

/// <summary>The files of one calibration, <c>calibrations/ID/</c>: <c>pictures/CLASS/NNNN.jpg</c>, <c>package</c> and, while its job runs, <c>work</c>. Nothing about its person lies elsewhere.</summary>
internal sealed class CalibrationFolder(SakiHome home, string id)
{
    /// <summary>Most pictures of one class.</summary>
    public const int MostOfClass = 100;

    public string Root { get; } = Path.Combine(home.Calibrations, id);

    public string Pictures => Path.Combine(Root, "pictures");

    public string Package => Path.Combine(Root, "package");

    /// <summary>The numbers of a class's pictures, in order.</summary>
    public IReadOnlyList<int> Of(string label) => !Directory.Exists(Place(label)) ? []
        : [.. Directory.EnumerateFiles(Place(label)).Select(file => int.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).Where(number => number >= 0).Order()];

    /// <summary>Every picture: its class and number.</summary>
    public IEnumerable<(string Label, int Number)> All() => !Directory.Exists(Pictures) ? [] : Directory.EnumerateDirectories(Pictures).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal).SelectMany(label => Of(label).Select(number => (label, number)));

    /// <summary>Keeps a picture, without what a camera wrote into it.</summary>
    /// <returns>How many the class has now.</returns>
    /// <exception cref="SakiException">It is no picture, or the class has enough.</exception>
    public int Add(string label, ReadOnlySpan<byte> picture)
    {
        var there = Of(label);
        if (there.Count >= MostOfClass) throw new SakiException("Keeping a picture", $"at most {MostOfClass} pictures of a class", "more", "Take the class again to replace them.");
        var clean = PictureMetadata.Remove(picture);
        DurableFile.Write(Path.Combine(Place(label), FormattableString.Invariant($"{(there.Count == 0 ? 0 : there[^1] + 1):d4}.img")), clean);
        return there.Count + 1;
    }

    /// <summary>The bytes of a picture; null when there is none.</summary>
    public byte[]? Read(string label, int number)
    {
        var path = Path.Combine(Place(label), FormattableString.Invariant($"{number:d4}.img"));
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>Removes one picture of a class, or all (null).</summary>
    public void Remove(string label, int? number)
    {
        if (number is { } one) File.Delete(Path.Combine(Place(label), FormattableString.Invariant($"{one:d4}.img")));
        else if (Directory.Exists(Place(label))) Directory.Delete(Place(label), recursive: true);
    }

    /// <summary>Removes everything.</summary>
    public void Erase()
    {
        if (Directory.Exists(Root)) Directory.Delete(Root, recursive: true);
    }

    /// <summary>Removes the package alone: of a result that was not taken.</summary>
    public void ErasePackage()
    {
        if (Directory.Exists(Package)) Directory.Delete(Package, recursive: true);
    }

    private string Place(string label) => Path.Combine(Pictures, label);
}
