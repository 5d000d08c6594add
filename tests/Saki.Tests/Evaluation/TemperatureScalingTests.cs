using System.Text.Json;
using Saki.Evaluation;
using Saki.Testing;

namespace Saki.Tests.Evaluation;

public sealed class TemperatureScalingTests
{
    // report.py found it on a grid of 60,001 steps.
    [Fact]
    public void The_temperature_is_where_the_log_loss_is_smallest()
    {
        var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests/golden/evaluation/report.json"))).RootElement;
        int[] labels = [.. golden.GetProperty("labels").EnumerateArray().Select(x => x.GetInt32())];
        float[] probabilities = [.. golden.GetProperty("probabilities").EnumerateArray().SelectMany(x => x.EnumerateArray()).Select(x => x.GetSingle())];
        Assert.Equal(golden.GetProperty("temperature").GetDouble(), TemperatureScaling.Fit(labels, probabilities, 5), 1e-4);
    }

    [Fact]
    public void Answers_that_are_too_sure_become_honest_and_keep_their_order()
    {
        // 70 % are right, all are said with 99 %.
        int[] labels = [.. Enumerable.Range(0, 100).Select(i => i < 70 ? 0 : 1)];
        float[] sure = [.. Enumerable.Range(0, 100).SelectMany(_ => (float[])[0.99f, 0.01f])];
        var temperature = TemperatureScaling.Fit(labels, sure, 2);
        var honest = new float[sure.Length];
        TemperatureScaling.Apply(sure, honest, 2, temperature);
        Assert.Equal(0.7, honest[0], 0.001);
        Assert.True(honest[0] > honest[1]);
        Assert.Equal(1, TemperatureScaling.Fit([], [], 2));
    }
}
