using System.Diagnostics;
using System.Text.Json;

namespace Saki.Bench;

/// <summary>Timing that a noisy machine cannot spoil: warm-up, many rounds, the median.</summary>
internal static class Measure
{
    /// <summary>Median microseconds of one call of <paramref name="body"/> over <paramref name="rounds"/> rounds of <paramref name="calls"/> calls.</summary>
    public static double Median(int rounds, int calls, Action body)
    {
        for (var i = 0; i < calls; i++) body();
        var times = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++) body();
            times[round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
        }
        Array.Sort(times);
        return times[rounds / 2];
    }

    /// <summary>Prints <c>{"case": …, "value": …, "unit": …}</c>.</summary>
    public static void Report(string name, double value, string unit) =>
        Console.WriteLine($"{{\"case\": {JsonSerializer.Serialize(name)}, \"value\": {value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}, \"unit\": \"{unit}\"}}");
}
