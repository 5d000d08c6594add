using System.Collections.Concurrent;
using Saki.Datasets.Emotions;
using Saki.Vision;

namespace Saki.Server.Try;

/// <summary>Faces that Saki draws, one for each emotion that the model knows, to try it without a picture of one's own. None for models of other things.</summary>
internal static class Samples
{
    /// <summary>Pixels across and down.</summary>
    public const int Size = 320;

    // No stream of the sample data set starts here: the faces are new to a model that was trained on it.
    private const ulong Seed = 5252;

    private static readonly ConcurrentDictionary<string, byte[]> Drawn = new(StringComparer.Ordinal);

    /// <summary>The samples for a model with these labels.</summary>
    public static IReadOnlyList<Sample> For(IReadOnlyList<string> labels) =>
        labels.Count > 1 && labels.All(EmotionFaces.Classes.Contains) ? [.. EmotionFaces.Classes.Where(labels.Contains).Select(name => new Sample(name, $"{name} face"))] : [];

    /// <summary>The PNG file of a sample; null when there is none of that name. Drawn at the first call, then kept.</summary>
    public static byte[]? Picture(string name)
    {
        var index = EmotionFaces.Classes.IndexOf(name);
        return index < 0 ? null : Drawn.GetOrAdd(name, _ => Png.Encode(EmotionFaces.Draw(new SeededRandom(Seed).Fork((ulong)index), (Emotion)index, Size), Size, Size));
    }

    private static int IndexOf(this IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
            if (names[i] == name) return i;
        return -1;
    }
}
