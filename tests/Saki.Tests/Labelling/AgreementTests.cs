using Saki.Labelling;

namespace Saki.Tests.Labelling;

public class AgreementTests
{
    /// <summary>Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: four observers, twelve units, missing data; nominal alpha 0.743.</summary>
    [Fact]
    public void Alpha_is_that_of_krippendorffs_own_example()
    {
        var judgements = Parse(["123321412...", "1233224125.3", ".3332342251.", "12332441251."]);
        Assert.Equal(0.743, Agreement.Krippendorff(judgements)!.Value, 3);
    }

    /// <summary>The example in every textbook (two readers of 50 grant proposals): 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no; kappa 0.4. sklearn.metrics.cohen_kappa_score gives the same.</summary>
    [Fact]
    public void Kappa_is_that_of_the_textbook()
    {
        var a = new string('y', 25) + new string('n', 25);
        var b = new string('y', 20) + new string('n', 5) + new string('y', 10) + new string('n', 15);
        Assert.Equal(0.4, Agreement.Cohen(Parse([a, b]), "0", "1")!.Value, 12);
    }

    [Fact]
    public void Who_always_agrees_has_1_who_agrees_never_is_below_0_and_who_cannot_be_compared_has_nothing()
    {
        Assert.Equal(1, Agreement.Krippendorff(Parse(["1234", "1234"])));
        Assert.True(Agreement.Krippendorff(Parse(["1212", "2121"])) < 0);
        Assert.Null(Agreement.Krippendorff(Parse(["12..", "..12"])));
        Assert.Null(Agreement.Krippendorff(Parse(["11", "11"])));
        Assert.Null(Agreement.Cohen(Parse(["1.", ".1"]), "0", "1"));
    }

    private static Judgement[] Parse(string[] rows) =>
        [.. rows.SelectMany((row, annotator) => row.Select((sign, item) => (sign, item)).Where(x => x.sign != '.').Select(x => new Judgement(x.item, annotator.ToString(System.Globalization.CultureInfo.InvariantCulture), x.sign.ToString())))];
}
