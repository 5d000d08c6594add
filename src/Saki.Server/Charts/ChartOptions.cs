using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Saki.Server.Charts;

/// <summary>What runs along the bottom of a chart.</summary>
public enum ChartAxis
{
    /// <summary>The step that was logged.</summary>
    Step,
    /// <summary>Time of day, UTC.</summary>
    Time,
    /// <summary>Time since the run began.</summary>
    Relative,
}

/// <summary>How charts are drawn. All of it is in the page's address.</summary>
public sealed record ChartOptions
{
    /// <summary>What runs along the bottom.</summary>
    public ChartAxis Axis { get; init; }

    /// <summary>True: values on a logarithmic scale; those that are not above 0 are left out.</summary>
    public bool Log { get; init; }

    /// <summary>Weight of the past in the smoothed line, 0 (as logged) to 0.99.</summary>
    public double Smooth { get; init; }

    /// <summary>Left end: a step, milliseconds since 1970, or seconds since the start. Null: where the points begin.</summary>
    public double? From { get; init; }

    /// <summary>Right end, as <see cref="From"/>.</summary>
    public double? To { get; init; }

    /// <summary>Reads an address; what it cannot read counts as not said.</summary>
    public static ChartOptions Read(IQueryCollection query)
    {
        var (from, to) = (Number(query["from"]), Number(query["to"]));
        return new ChartOptions
        {
            Axis = query["x"].ToString() switch { "time" => ChartAxis.Time, "relative" => ChartAxis.Relative, _ => ChartAxis.Step },
            Log = query["y"] == "log",
            Smooth = Math.Clamp(Number(query["smooth"]) ?? 0, 0, 0.99),
            From = from < to || to is null ? from : null,
            To = from < to || from is null ? to : null,
        };
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
