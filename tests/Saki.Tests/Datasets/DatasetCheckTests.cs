using Saki.Datasets;
using Saki.Storage;

namespace Saki.Tests.Datasets;

/// <summary>Findings and drops over samples whose pixels are a letter: equal letters are equal images, <c>!</c> is damaged, <c>#</c> is constant.</summary>
public sealed class DatasetCheckTests
{
    private static DatasetFindings Check(params string[] samples) => Check(out _, samples);

    // "train/a/X1": split, class, and a file named X1 that shows X; a digit makes other bytes of the same picture.
    private static DatasetFindings Check(out DatasetVersion version, params string[] samples)
    {
        string[] classes = ["a", "b"];
        var sorted = samples.Select(text => (text, parts: text.Split('/'))).Select(x => new Sample(x.text, Digest.Of(System.Text.Encoding.UTF8.GetBytes(x.parts[2].TrimEnd('_'))),
            Array.IndexOf(classes, x.parts[1]), SplitNames.Spelled(x.parts[0])!.Value)).OrderBy(sample => sample.Path, DatasetDigest.PathOrder).ToArray();
        version = DatasetVersion.Make("Test", "set", classes, sorted, "here", DateTimeOffset.UnixEpoch, [], 0);
        return DatasetCheck.Of(version, [.. sorted.Select(sample => Path.GetFileName(sample.Path)[0] switch
        {
            '!' => new SampleFacts("one that ends too early"),
            var letter => new SampleFacts(null, Digest.Of([(byte)letter]), 4, letter == 'w' ? 8 : 4, letter != 'c', letter == '#', new ChannelSums(16, 16 * letter, 0, 0, 16L * letter * letter, 0, 0)),
        })]);
    }

    private static string[] Dropped(string kinds, params string[] samples) => [.. DatasetDrop.Choose(Check(samples), DatasetDrop.Parse(kinds)).Select(file => $"{file.Path} {file.Reason}")];

    [Fact]
    public void A_clean_set_has_no_faults()
    {
        var findings = Check("train/a/x", "train/b/y", "test/a/z", "test/b/w", "train/b/c");

        Assert.False(findings.HasFaults);
        Assert.Equal(5, findings.Distinct);
        Assert.Equal([new SizeCount(4, 4, 4), new SizeCount(4, 8, 1)], findings.Sizes);
        Assert.Equal(4, findings.Grey);
        Assert.Equal(2, findings.Imbalance);
    }

    [Fact]
    public void Mean_and_deviation_are_those_of_the_training_pixels()
    {
        var pixels = Check("train/a/x", "train/b/z", "test/a/A", "test/b/B").Pixels; // x = 120, z = 122

        Assert.Equal(32, pixels.Count);
        Assert.Equal(121 / 255.0, pixels.Mean[0], 12);
        Assert.Equal(1 / 255.0, pixels.Std[0], 12);
        Assert.Equal(0, pixels.Std[1]);
    }

    [Fact]
    public void Copies_are_found_by_pixels_and_told_apart_from_equal_files()
    {
        var groups = Check("train/a/x", "train/a/x1", "train/b/y", "train/b/y_").Duplicates;

        Assert.Equal([false, true], groups.Select(group => group.SameBytes));
        Assert.All(groups, group => Assert.False(group.Contradicts));
    }

    [Fact]
    public void A_copy_with_another_label_contradicts_and_one_in_another_split_leaks()
    {
        var findings = Check("train/a/x", "train/b/x1", "val/a/y", "val/b/v", "train/a/y1", "test/a/y2", "test/b/q", "train/b/z");

        Assert.Equal(["train/a/x", "train/b/x1"], Assert.Single(findings.Contradictions).Samples.Select(sample => sample.Path));
        Assert.Equal([(Split.Train, Split.Val, "val/a/y"), (Split.Train, Split.Test, "test/a/y2"), (Split.Val, Split.Test, "test/a/y2")],
            findings.Leaks.Select(leak => (leak.From, leak.Into, Assert.Single(leak.Samples).Path)));
        Assert.True(findings.HasFaults);
    }

    [Fact]
    public void Damaged_and_constant_images_and_missing_classes_are_faults()
    {
        Assert.Equal(new LeftOut("train/a/!", "one that ends too early"), Assert.Single(Check("train/a/!", "train/a/x", "train/b/y").Damaged));
        Assert.Equal("train/a/#", Assert.Single(Check("train/a/#", "train/b/y").Constant).Path);
        var missing = Check("train/a/x", "train/b/y", "val/b/z");
        Assert.Equal(new MissingClass(Split.Val, 0), Assert.Single(missing.Missing));
        Assert.True(missing.HasFaults);
    }

    [Fact]
    public void Leaks_are_dropped_from_the_split_that_is_used_first() =>
        Assert.Equal(["train/a/y leaks", "train/b/z leaks", "val/a/y leaks"], Dropped("leaks", "train/a/y", "val/a/y", "test/a/y", "train/b/z", "val/b/z", "train/a/x", "train/b/w", "test/b/q"));

    [Fact]
    public void Duplicates_keep_their_first_copy_in_each_split() =>
        Assert.Equal(["test/a/x1 duplicates", "train/a/y1 duplicates", "train/a/y2 duplicates"], Dropped("duplicates", "train/a/y", "train/a/y1", "train/a/y2", "test/a/x", "test/a/x1", "train/b/z"));

    [Fact]
    public void Contradictions_go_with_all_their_copies_before_leaks_are_looked_at() =>
        Assert.Equal(["test/b/x contradictions", "train/a/x contradictions"], Dropped("leaks,contradictions", "train/a/x", "test/b/x", "train/b/y", "train/a/z"));

    [Fact]
    public void A_drop_makes_a_version_that_says_what_went()
    {
        var findings = Check(out var version, "train/a/#", "train/a/x", "train/b/y");
        var dropped = DatasetDrop.Choose(findings, ["constant"]);

        var made = DatasetDrop.Apply(version, dropped, "check", DateTimeOffset.UnixEpoch);

        Assert.Equal(["train/a/x", "train/b/y"], made.Samples.Select(sample => sample.Path));
        Assert.Equal(new LeftOut("train/a/#", "constant"), Assert.Single(made.LeftOut));
        Assert.NotEqual(version.Digest, made.Digest);
    }

    [Fact]
    public void A_drop_that_empties_a_class_of_the_training_split_is_refused()
    {
        var findings = Check(out var version, "train/a/#", "train/b/y", "test/a/x");
        Assert.Contains("none of a, which other splits have", Assert.Throws<SakiException>(() => DatasetDrop.Apply(version, DatasetDrop.Choose(findings, ["constant"]), "check", DateTimeOffset.UnixEpoch)).Message);
    }

    [Fact]
    public void An_unknown_kind_gets_a_suggestion() => Assert.Contains("Did you mean \"leaks\"?", Assert.Throws<SakiException>(() => DatasetDrop.Parse("leeks")).Message);
}
