using Saki.Datasets;
using Saki.Storage;

namespace Saki.Labelling;

/// <summary>What labelling decided for one picture.</summary>
/// <param name="Label">Its class by name; null takes the picture out.</param>
/// <param name="Reason">Why it is taken out, for the manifest; unused with a label.</param>
public sealed record LabelDecision(string? Label, string Reason = "unusable");

/// <summary>A labelled picture that the version does not have yet; its bytes must be in the object store.</summary>
/// <param name="Path">Its path in the new version.</param>
/// <param name="Digest">Of its bytes.</param>
/// <param name="Label">Its class by name.</param>
/// <param name="Split">Where it goes.</param>
public sealed record NewSample(string Path, Digest Digest, string Label, Split Split = Split.Train);

/// <summary>Makes a version with other labels.</summary>
public static class Relabelling
{
    /// <summary>The class whose pictures have no label yet; it is dropped from a relabelled version together with what is left in it. Also <c>unlabeled</c>.</summary>
    public const string Unlabelled = "unlabelled";

    /// <summary>True for the name of the class without label.</summary>
    public static bool IsUnlabelled(string name) => name is Unlabelled or "unlabeled";

    /// <summary>The version with <paramref name="decisions"/> and <paramref name="added"/>, not yet in any store. Labels that are new become classes behind the others.</summary>
    /// <param name="version">The version that was labelled.</param>
    /// <param name="decisions">By path; paths that the version lacks are left alone.</param>
    /// <param name="added">Pictures to add. One whose path is there already with the same bytes gets its label.</param>
    /// <param name="source">How the new version was made, for its manifest.</param>
    /// <param name="now">Its date.</param>
    /// <exception cref="SakiException">Nothing would be left of a class in the training split; another picture lies under an added path.</exception>
    public static DatasetVersion Apply(
        DatasetVersion version, IReadOnlyDictionary<string, LabelDecision> decisions, IReadOnlyList<NewSample> added, string source, DateTimeOffset now)
    {
        var classes = Classes(version, decisions.Values.Select(decision => decision.Label).Concat(added.Select(sample => sample.Label)));
        var labels = classes.Select((name, label) => (name, label)).ToDictionary(x => x.name, x => x.label, StringComparer.Ordinal);
        var byPath = new Dictionary<string, Sample>(version.Samples.Count + added.Count, StringComparer.Ordinal);
        var leftOut = new List<LeftOut>();
        foreach (var sample in version.Samples)
        {
            var decision = decisions.GetValueOrDefault(sample.Path);
            var label = decision is null ? version.Classes[sample.Label] : decision.Label;
            if (label is not null && labels.TryGetValue(label, out var number)) byPath.Add(sample.Path, sample with { Label = number });
            else leftOut.Add(new LeftOut(sample.Path, label is null ? decision!.Reason : "not labelled yet"));
        }
        foreach (var sample in added)
        {
            if (byPath.TryGetValue(sample.Path, out var there) && there.Digest != sample.Digest)
                throw new SakiException("Applying labels", $"the picture {sample.Digest.Short} under {sample.Path}", $"another one ({there.Digest.Short})", "Take that picture out of the data set first.");
            byPath[sample.Path] = new Sample(sample.Path, sample.Digest, labels[sample.Label], byPath.ContainsKey(sample.Path) ? there.Split : sample.Split);
        }
        var samples = byPath.Values.OrderBy(sample => sample.Path, DatasetDigest.PathOrder).ToArray();
        return DatasetVersion.Make("Applying labels", version.Name, classes, samples, source, now, [.. version.LeftOut, .. leftOut], version.Summary.LeftOutCount + leftOut.Count);
    }

    private static string[] Classes(DatasetVersion version, IEnumerable<string?> given)
    {
        var known = version.Classes.Where(name => !IsUnlabelled(name)).ToArray();
        return [.. known, .. given.OfType<string>().Distinct(StringComparer.Ordinal).Except(known, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }
}
