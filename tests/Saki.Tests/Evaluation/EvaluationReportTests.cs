using System.Text.Json;
using Saki.Evaluation;

namespace Saki.Tests.Evaluation;

public sealed class EvaluationReportTests
{
    private static readonly string[] Classes = ["a", "b", "c", "d", "e"];

    // tests/golden/evaluation/report.py made report.json.
    [Fact]
    public void Figures_agree_with_the_golden_ones_to_a_billionth()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Saki.slnx"))) folder = folder.Parent!;
        var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.FullName, "tests/golden/evaluation/report.json"))).RootElement;
        int[] labels = [.. golden.GetProperty("labels").EnumerateArray().Select(x => x.GetInt32())];
        float[] probabilities = [.. golden.GetProperty("probabilities").EnumerateArray().SelectMany(x => x.EnumerateArray()).Select(x => x.GetSingle())];

        var report = EvaluationReport.From(Classes, labels, probabilities);

        Near("accuracy", report.Accuracy);
        Near("balanced_accuracy", report.BalancedAccuracy);
        Near("macro_f1", report.MacroF1);
        Near("weighted_f1", report.WeightedF1);
        Near("log_loss", report.LogLoss);
        Near("ece", report.Ece);
        Near("brier", report.Brier);
        Near("top3", report.Top3!.Value);
        Near("roc_auc", report.RocAuc!.Value);
        Assert.Null(report.Top5);
        for (var i = 0; i < Classes.Length; i++)
        {
            Assert.Equal(golden.GetProperty("precision")[i].GetDouble(), report.PerClass[i].Precision, 1e-9);
            Assert.Equal(golden.GetProperty("recall")[i].GetDouble(), report.PerClass[i].Recall, 1e-9);
            Assert.Equal(golden.GetProperty("f1")[i].GetDouble(), report.PerClass[i].F1, 1e-9);
            Assert.Equal(golden.GetProperty("confusion")[i].EnumerateArray().Select(x => x.GetInt64()), report.Confusion[i]);
        }

        void Near(string name, double got) => Assert.Equal(golden.GetProperty(name).GetDouble(), got, 1e-9);
    }

    [Fact]
    public void The_interval_is_the_binomials_and_the_same_for_the_same_seed()
    {
        var labels = new int[1000];
        var probabilities = new float[2000];
        for (var i = 0; i < 1000; i++) probabilities[(i * 2) + (i < 700 ? 0 : 1)] = 1;

        var report = EvaluationReport.From(["a", "b"], labels, probabilities, seed: 3);

        // 0.7 ± 1.96·sqrt(0.7·0.3/1000) = 0.6716 .. 0.7284; 2,000 resamples put each end within about 0.002 of it
        Assert.Equal(0.6716, report.AccuracyInterval[0], 0.004);
        Assert.Equal(0.7284, report.AccuracyInterval[1], 0.004);
        Assert.Equal(report.AccuracyInterval, EvaluationReport.From(["a", "b"], labels, probabilities, seed: 3).AccuracyInterval);
        Assert.NotEqual(report.AccuracyInterval, EvaluationReport.From(["a", "b"], labels, probabilities, seed: 4).AccuracyInterval);
    }

    [Fact]
    public void All_right_and_all_wrong_have_an_interval_of_one_point()
    {
        Assert.Equal([1.0, 1.0], EvaluationReport.From(["a", "b"], [0, 1], [1, 0, 0, 1]).AccuracyInterval);
        Assert.Equal([0.0, 0.0], EvaluationReport.From(["a", "b"], [1, 0], [1, 0, 0, 1]).AccuracyInterval);
    }

    [Fact]
    public void Json_has_the_names_of_the_contract()
    {
        var json = JsonSerializer.SerializeToElement(EvaluationReport.From(["a", "b"], [0, 1], [1, 0, 0, 1]), EvaluationJson.Default.EvaluationReport);
        foreach (var name in (string[])["accuracy", "accuracy_interval", "balanced_accuracy", "macro_f1", "log_loss", "ece", "samples", "per_class", "confusion"])
            Assert.True(json.TryGetProperty(name, out _), name);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Assert.Throws<SakiException>(() => EvaluationReport.From(["a", "b"], [], []));
        Assert.Throws<SakiException>(() => EvaluationReport.From(["a", "b"], [2], [0, 1]));
        Assert.Throws<SakiException>(() => EvaluationReport.From(["a", "b"], [0], [0]));
        Assert.Throws<SakiException>(() => EvaluationReport.From(["a", "b"], [0], [float.NaN, 1]));
        Assert.Throws<SakiException>(() => EvaluationReport.From(["a", "b"], [0], [3, -2]));
    }
}
