using Saki.Evaluation;

namespace Saki.Tests.Evaluation;

public sealed class SampleOutcomeTests
{
    [Fact]
    public void Slices_are_quarters_that_hold_every_sample_once()
    {
        var outcomes = Enumerable.Range(0, 103).Select(i => Outcome(i, brightness: i, right: i >= 50)).ToList();
        var slices = Slice.Of(outcomes);
        Assert.Equal(["brightness", "brightness", "brightness", "brightness"], slices.Select(slice => slice.Property));
        Assert.Equal(103, slices.Sum(slice => slice.Samples));
        Assert.All(slices, slice => Assert.InRange(slice.Samples, 25, 26));
        Assert.Equal((0, 1.0), (slices[0].Accuracy, slices[^1].Accuracy));
        Assert.Equal((0.0, 102.0), (slices[0].From, slices[^1].To));
    }

    [Fact]
    public void Equal_values_are_never_torn_apart()
    {
        var outcomes = Enumerable.Range(0, 100).Select(i => Outcome(i, brightness: i < 90 ? 10 : 20, right: true)).ToList();
        Assert.Equal([(10.0, 10.0, 90), (20.0, 20.0, 10)], Slice.Of(outcomes).Select(slice => (slice.From, slice.To, slice.Samples)));
    }

    [Fact]
    public void Copies_do_not_count_and_all_copies_leave_nothing_to_say()
    {
        var outcomes = Enumerable.Range(0, 4).Select(i => Outcome(i, 0, right: i < 2)).ToList();
        var without = WithoutCopies.Of(outcomes, [true, false, false, false])!;
        Assert.Equal((1, 3, 1.0 / 3), (without.Copies, without.Samples, without.Accuracy));
        Assert.Null(WithoutCopies.Of(outcomes, [true, true, true, true]));
    }

    [Fact]
    public void The_page_shows_names_as_text_and_asks_nobody_for_anything()
    {
        var report = EvaluationReport.From(["<b>", "b"], [0, 1], [0.2f, 0.8f, 0, 1]) with
        {
            Model = "<script>alert(1)</script>",
            Worst = [new SampleOutcome("\"><img src=x onerror=alert(1)>", "<b>", "b", 0.8, default)],
        };
        using var page = new StringWriter();
        EvaluationPage.Write(page, report, _ => "data:image/png;base64,AAAA");
        Assert.DoesNotContain("<script", page.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img src=x", page.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.ToString(), StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page.ToString(), StringComparison.Ordinal);
    }

    private static SampleOutcome Outcome(int i, double brightness, bool right) => new($"{i}.png", "a", right ? "a" : "b", 0.9, new PictureFigures(8, 8, brightness, 1));
}
