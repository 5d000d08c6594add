using Saki.Calibration;
using Saki.Datasets;
using Saki.Inference.Calibration;
using Saki.Pipelines;

namespace Saki.Server.Calibration;

/// <summary>What the pictures of drafts look like, so that a frame like one that is there is told at once. Not thread-safe; what is forgotten is looked at again.</summary>
internal sealed class DraftLooks : IDisposable
{
    private const int MostDrafts = 32;

    private readonly Dictionary<(string Draft, string Label), List<SampleFacts>> _known = [];
    private readonly Dictionary<FaceMode, PersonalFaces> _faces = [];

    /// <summary>Why a frame is not taken, for the person; null when it is, and is known from then on.</summary>
    public string? Look(string draft, string label, CalibrationFolder folder, Pipeline pipeline, byte[] frame)
    {
        var faces = _faces.TryGetValue(pipeline.Faces, out var opened) ? opened : _faces[pipeline.Faces] = new PersonalFaces(pipeline);
        if (faces.Count(frame) is { } count and not 1) return count == 0 ? "No face is seen. Come closer, and turn to the light." : "More than one face is seen. Only you should be in the picture.";
        var (_, facts, problem) = faces.See(frame);
        if (problem is not null) return $"This picture cannot be used: {problem.TrimEnd('.')}.";
        var known = Known(draft, label, folder, faces);
        if (new Likeness(known).Has(facts)) return "Move a little: this looks like one that was taken already.";
        known.Add(facts);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var faces in _faces.Values) faces.Dispose();
    }

    /// <summary>Forgets a draft.</summary>
    public void Forget(string draft)
    {
        foreach (var key in _known.Keys.Where(key => key.Draft == draft).ToList()) _known.Remove(key);
    }

    private List<SampleFacts> Known(string draft, string label, CalibrationFolder folder, PersonalFaces faces)
    {
        if (_known.TryGetValue((draft, label), out var known)) return known;
        if (_known.Keys.Select(key => key.Draft).Distinct().Count() >= MostDrafts) _known.Clear();
        return _known[(draft, label)] = [.. folder.Of(label).Select(number => folder.Read(label, number)).Where(bytes => bytes is not null).Select(bytes => faces.See(bytes!).Facts)];
    }
}
