using Saki.Pipelines;

namespace Saki.Server.Try.Live;

/// <summary>A face as it is followed from frame to frame.</summary>
internal sealed record TrackedFace
{
    /// <summary>Counts up from 1 in the order that faces came; 0 stands for the whole picture.</summary>
    public required int Id { get; init; }

    /// <summary>x, y, width, height in pixels of the frame, smoothed; empty for the whole picture.</summary>
    public required double[] Box { get; init; }

    /// <summary>How far its corner is taken to go until the next frame, in pixels across and down.</summary>
    public (double X, double Y) Drift { get; init; }

    /// <summary>Every class with its smoothed probability, best first.</summary>
    public required IReadOnlyList<ClassProbability> Top { get; init; }

    /// <summary>Frames since it was last seen.</summary>
    public int Missed { get; init; }
}

/// <summary>
/// Follows faces through the frames of one viewer: a face is the one whose box, moved on as it moved before, overlaps it most (Bewley et al., SORT, 2016). Boxes go through an alpha-beta filter,
/// so that they neither tremble nor fall behind; probabilities are exponential means. A face that is lost for some frames keeps its number. Not thread-safe; one for each viewer.
/// </summary>
internal sealed class FaceTracker
{
    private const double LeastOverlap = 0.25;
    private const int MostMissed = 5;
    private const double NewProbability = 0.4, NewBox = 0.6; // the weight of the newest frame
    private const double NewDrift = NewBox * NewBox / (2 - NewBox); // least noise for that weight (Benedict and Bordner, 1962)

    private List<TrackedFace> _faces = [];
    private int _count;

    /// <summary>Takes a frame's answer in and gives the faces that are in it.</summary>
    public IReadOnlyList<TrackedFace> Next(Prediction answer)
    {
        if (answer.Faces is not { } found)
        {
            var whole = _faces.Find(face => face.Id == 0);
            _faces = [new TrackedFace { Id = 0, Box = [], Top = Mix(whole?.Top, answer.Top) }];
            return _faces;
        }
        var free = _faces.Where(face => face.Id > 0).ToList();
        var seen = new List<TrackedFace>(found.Count);
        foreach (var face in found)
        {
            var before = free.Select(known => (Known: known, Overlap: Overlap(Ahead(known), face.Box))).Where(pair => pair.Overlap >= LeastOverlap).OrderByDescending(pair => pair.Overlap).FirstOrDefault().Known;
            if (before is not null) free.Remove(before);
            seen.Add(before is null ? new TrackedFace { Id = ++_count, Box = [.. face.Box.Select(value => (double)value)], Top = Mix(null, face.Top) } : Follow(before, face));
        }
        _faces = [.. seen, .. free.Where(lost => lost.Missed < MostMissed).Select(lost => lost with { Missed = lost.Missed + 1, Box = Ahead(lost), Drift = (lost.Drift.X / 2, lost.Drift.Y / 2) })];
        return seen;
    }

    // Where the face is expected in the next frame.
    private static double[] Ahead(TrackedFace face) => [face.Box[0] + face.Drift.X, face.Box[1] + face.Drift.Y, face.Box[2], face.Box[3]];

    private static TrackedFace Follow(TrackedFace before, FacePrediction now)
    {
        var ahead = Ahead(before);
        var wrong = ahead.Select((value, i) => now.Box[i] - value).ToArray();
        return new TrackedFace
        {
            Id = before.Id,
            Box = [.. ahead.Select((value, i) => value + (NewBox * wrong[i]))],
            Drift = (before.Drift.X + (NewDrift * wrong[0]), before.Drift.Y + (NewDrift * wrong[1])),
            Top = Mix(before.Top, now.Top),
        };
    }

    private static List<ClassProbability> Mix(IReadOnlyList<ClassProbability>? before, IReadOnlyList<ClassProbability> now)
    {
        var mixed = now.ToDictionary(entry => entry.Class, entry => before is null ? entry.Probability : (float)(NewProbability * entry.Probability), StringComparer.Ordinal);
        foreach (var entry in before ?? [])
            mixed[entry.Class] = mixed.GetValueOrDefault(entry.Class) + (float)((1 - NewProbability) * entry.Probability);
        return [.. mixed.Select(entry => new ClassProbability(entry.Key, entry.Value)).OrderByDescending(entry => entry.Probability).ThenBy(entry => entry.Class, StringComparer.Ordinal)];
    }

    // Intersection over union.
    private static double Overlap(double[] a, IReadOnlyList<int> b)
    {
        var width = Math.Min(a[0] + a[2], b[0] + b[2]) - Math.Max(a[0], b[0]);
        var height = Math.Min(a[1] + a[3], b[1] + b[3]) - Math.Max(a[1], b[1]);
        if (width <= 0 || height <= 0) return 0;
        return width * height / ((a[2] * a[3]) + ((double)b[2] * b[3]) - (width * height));
    }
}
