using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Saki.Configuration;

/// <summary>The jobs of a sweep: Hydra's basic sweeper, the product of all values in the order of the command line, the last turning fastest.</summary>
public static partial class SweepExpansion
{
    private const int MostJobs = 100_000;

    /// <summary>The overrides of each job.</summary>
    /// <param name="folder">The configuration folder, for <c>glob(…)</c>.</param>
    /// <param name="overrides">In Hydra's grammar; of two for one key the last counts. Those of <c>hydra.…</c> configure the sweep and are in no job.</param>
    /// <param name="primary">
    /// The primary file: its <c>hydra.sweeper.params</c> come before the overrides, and a value <c>${key}</c> is what that key has without the sweep; null to look at no file.
    /// </param>
    /// <exception cref="ConfigException">An override is not of the grammar, an interval (which has no list of values), or more than 100,000 jobs.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> Jobs(string folder, IReadOnlyList<string> overrides, string? primary = null)
    {
        var repository = new ConfigRepository([folder]);
        var parsed = overrides.Select(Override.Parse).ToList();
        var composed = primary is null ? null : ConfigComposer.Compose(folder, primary, [.. Fixed(parsed, repository)]);
        if (composed is not null) parsed.InsertRange(0, HydraSettings.Parameters(composed.Hydra).Select(pair => Override.Parse($"{pair.Name}={pair.Value}")));
        var slots = new OrderedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var item in parsed.Where(item => !HydraSettings.IsOurs(item.Input)))
        {
            var prefix = item.Kind switch { OverrideKind.Add => "+", OverrideKind.ForceAdd => "++", OverrideKind.Delete => "~", _ => "" };
            var key = prefix + item.KeyWithPackage;
            var values = item.Value is Sweep sweep ? Values(sweep, item.Key, repository) : [item.Value is null ? "null" : OverrideText.Of(item.Value)];
            slots[key] = [.. values.Select(value => $"{key}={Known(value, composed)}")];
        }
        IReadOnlyList<IReadOnlyList<string>> jobs = [[]];
        foreach (var values in slots.Values)
        {
            if ((long)jobs.Count * values.Count > MostJobs) throw new ConfigException("ConfigCompositionException", "Expanding the sweep", $"at most {MostJobs:N0} jobs", "more");
            jobs = [.. jobs.SelectMany(job => values.Select(value => (IReadOnlyList<string>)[.. job, value]))];
        }
        return jobs;
    }

    // What the sweep does not vary; of a group that it does, the first option, since a group may have no choice without.
    private static IEnumerable<string> Fixed(List<Override> overrides, ConfigRepository repository)
    {
        foreach (var item in overrides)
            if (item.Value is not Sweep sweep) yield return item.Input;
            else if (sweep is not IntervalSweep && repository.GroupExists(item.Key) && Values(sweep, item.Key, repository).FirstOrDefault() is { } option)
                yield return $"{(item.Kind == OverrideKind.Add ? "+" : "")}{item.KeyWithPackage}={option}";
    }

    private static string Known(string value, ComposedConfig? composed)
    {
        if (composed is null || !EscapedKey().IsMatch(value)) return value;
        try { return OverrideText.Of(new Interpolation(composed.Root, InterpolationContext.Default).Value(new ConfigScalar(value.Replace("\\", "", StringComparison.Ordinal)))); }
        catch (ConfigException) { return value; } // each job says itself what it cannot resolve
    }

    /// <summary>The values of a sweep that has a list of them, each in the override grammar.</summary>
    internal static IEnumerable<string> Values(Sweep sweep, string group, ConfigRepository? repository) => sweep switch
    {
        ChoiceSweep choice => choice.Values.Select(OverrideText.Of),
        RangeSweep range => Numbers(range).Select(ConfigScalar.TextOf),
        GlobSweep glob => (repository?.Options(group) ?? []).Where(option => glob.Include.Any(pattern => Matches(option, pattern)) && !glob.Exclude.Any(pattern => Matches(option, pattern))),
        _ => throw new ConfigException("HydraException", "Expanding the sweep", "a list of values", "an interval", "Use range(start,stop,step) or choice(…)."),
    };

    // Floats are stepped in decimals, as Hydra does, so that 0.1, 0.2 … come out as people expect.
    private static IEnumerable<object> Numbers(RangeSweep range)
    {
        if (range is { Start: long start, Stop: long stop, Step: long step })
        {
            if (step == 0) throw Zero();
            for (var value = start; step > 0 ? value < stop : value > stop; value += step) yield return value;
            yield break;
        }
        var (first, end, width) = (Exact(range.Start), Exact(range.Stop), Exact(range.Step));
        if (width == 0) throw Zero();
        for (var value = first; width > 0 ? value < end : value > end; value = Rounded(value + width))
            yield return double.Parse(string.Create(CultureInfo.InvariantCulture, $"{value}e-{Scale}"), CultureInfo.InvariantCulture);
    }

    private static ConfigException Zero() => new("ValueError", "Expanding the sweep", "a step other than 0", "0");

    private const int Scale = 120;

    // The double's exact value in units of 10^-120.
    private static BigInteger Exact(object number) => number is long whole
        ? whole * BigInteger.Pow(10, Scale)
        : BigInteger.Parse(((double)number).ToString($"F{Scale}", CultureInfo.InvariantCulture).Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    // To the 28 digits that Python's decimals keep, half to even.
    private static BigInteger Rounded(BigInteger value)
    {
        var excess = BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture).Length - 28;
        if (excess <= 0) return value;
        var unit = BigInteger.Pow(10, excess);
        var (quotient, rest) = BigInteger.DivRem(value, unit);
        var half = (BigInteger.Abs(rest) * 2).CompareTo(unit);
        if (half > 0 || (half == 0 && !quotient.IsEven)) quotient += value.Sign;
        return quotient * unit;
    }

    // ${key} as OverrideText writes it.
    [GeneratedRegex(@"\A\$\\\{[\w.]+\\\}\z")]
    private static partial Regex EscapedKey();

    private static bool Matches(string option, string pattern)
    {
        var rule = new StringBuilder();
        foreach (var c in pattern) rule.Append(c switch { '*' => ".*", '?' => ".", _ => Regex.Escape(c.ToString()) });
        return Regex.IsMatch(option, $@"\A{rule}\z", RegexOptions.Singleline, TimeSpan.FromSeconds(1));
    }
}
