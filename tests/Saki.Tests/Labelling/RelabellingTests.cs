using Saki.Datasets;
using Saki.Labelling;
using Saki.Storage;

namespace Saki.Tests.Labelling;

public class RelabellingTests
{
    private static DatasetVersion Version(params (string Path, string Label)[] samples)
    {
        string[] classes = [.. samples.Select(sample => sample.Label).Distinct().Order(StringComparer.Ordinal)];
        var sorted = samples.OrderBy(sample => sample.Path, DatasetDigest.PathOrder).Select(sample => new Sample(sample.Path, Digest.Of(System.Text.Encoding.UTF8.GetBytes(sample.Path)), Array.IndexOf(classes, sample.Label), Split.Train));
        return DatasetVersion.Make("Test", "set", classes, [.. sorted], "test", DateTimeOffset.UnixEpoch, [], 0);
    }

    private static DatasetVersion Apply(DatasetVersion version, Dictionary<string, LabelDecision> decisions, params NewSample[] added) =>
        Relabelling.Apply(version, decisions, added, "test", DateTimeOffset.UnixEpoch);

    [Fact]
    public void Labels_change_pictures_go_and_new_ones_come_while_the_rest_stays()
    {
        var version = Version(("a", "cat"), ("b", "cat"), ("c", "dog"), ("d", "dog"));
        var made = Apply(version, new() { ["b"] = new LabelDecision("dog"), ["c"] = new LabelDecision(null), ["gone"] = new LabelDecision("cat") }, new NewSample("e", Digest.Of("e"u8), "fox"));
        Assert.Equal(["cat", "dog", "fox"], made.Classes);
        Assert.Equal(["a cat", "b dog", "d dog", "e fox"], made.Samples.Select(sample => $"{sample.Path} {made.Classes[sample.Label]}"));
        var diff = DatasetDiff.Of(version, made);
        Assert.Equal((1, 1, 1), (diff.Added.Count, diff.Removed.Count, diff.Relabelled.Count));
        Assert.Equal(["c: unusable"], made.LeftOut.Select(file => $"{file.Path}: {file.Reason}"));
    }

    [Fact]
    public void What_has_no_label_yet_is_left_out_of_the_new_version_and_so_is_its_class()
    {
        var made = Apply(Version(("a", "cat"), ("b", "dog"), ("c", "unlabelled"), ("d", "unlabelled")), new() { ["d"] = new LabelDecision("cat") });
        Assert.Equal(["cat", "dog"], made.Classes);
        Assert.Equal(["a", "b", "d"], made.Samples.Select(sample => sample.Path));
    }

    [Fact]
    public void Another_picture_under_the_path_of_a_new_one_is_refused() =>
        Assert.Throws<SakiException>(() => Apply(Version(("a", "cat"), ("b", "dog")), [], new NewSample("a", Digest.Of("other"u8), "cat")));
}
