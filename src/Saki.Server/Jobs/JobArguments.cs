using System.Globalization;
using System.Text.RegularExpressions;
using Saki.Jobs;
using Saki.Server.Http;

namespace Saki.Server.Jobs;

/// <summary>
/// From what is asked to the arguments of a program, checked at the door. A value becomes one argument as it is, or part of one; it never begins with <c>-</c> or <c>@</c>, so that none is read as
/// an option or as the name of a file with more options.
/// </summary>
internal static class JobArguments
{
    private const int LongestValue = 4096, MostItems = 200;

    /// <summary>The values of all arguments, defaults filled in; those without a value are left out.</summary>
    /// <exception cref="RequestException">All that is wrong, in one sentence each.</exception>
    public static IReadOnlyDictionary<string, JobValue> Read(JobKind kind, IReadOnlyDictionary<string, JobValue> asked)
    {
        var (values, mistakes) = (new Dictionary<string, JobValue>(StringComparer.Ordinal), new List<string>());
        foreach (var name in asked.Keys.Where(name => kind.Arguments.All(argument => argument.Name != name)))
            mistakes.Add($"{kind.Kind} has no argument \"{name}\". {DidYouMean.Hint(name, [.. kind.Arguments.Select(argument => argument.Name)])}");
        foreach (var argument in kind.Arguments)
        {
            try
            {
                if (Read(argument, asked.GetValueOrDefault(argument.Name)) is { } value) values[argument.Name] = value;
            }
            catch (SakiException wrong)
            {
                mistakes.Add($"{argument.Name}: expected {wrong.Expected}, got {wrong.Got}.");
            }
        }
        return mistakes.Count == 0 ? values : throw new RequestException(422, $"Starting {kind.Kind}", "arguments as its description says", $"{mistakes.Count} {(mistakes.Count == 1 ? "mistake" : "mistakes")}", string.Join(' ', mistakes));
    }

    /// <summary>The value of one argument; null when it has none.</summary>
    /// <exception cref="SakiException">It is not of its type, out of range, or missing.</exception>
    public static JobValue? Read(JobArgument argument, JobValue? asked)
    {
        IReadOnlyList<string> items = [.. (asked?.Items ?? argument.Default?.Split('\n') ?? []).Select(item => item.Trim()).Where(item => item.Length > 0)];
        if (items.Count == 0) return argument.Required ? throw Wrong(argument, "a value", "none") : null;
        if (items.Count > (argument.Type == JobArgumentType.List ? MostItems : 1)) throw Wrong(argument, argument.Type == JobArgumentType.List ? $"at most {MostItems} items" : "one value", $"{items.Count}");
        foreach (var item in items) Check(argument, item);
        return new JobValue(items);
    }

    /// <summary>The arguments as the program gets them, in the order of the description.</summary>
    public static IEnumerable<string> Written(JobKind kind, IReadOnlyDictionary<string, JobValue> values)
    {
        foreach (var argument in kind.Arguments)
        {
            if (!values.TryGetValue(argument.Name, out var value) || (argument.Type == JobArgumentType.Boolean && value.Items[0] != "true")) continue;
            foreach (var item in value.Items)
                foreach (var part in argument.As)
                    yield return part.Replace("{}", item, StringComparison.Ordinal);
        }
    }

    /// <summary>A pattern that matches whole values in linear time; null when it cannot be used.</summary>
    public static Regex? Compile(string pattern)
    {
        try
        {
            return new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static void Check(JobArgument argument, string item)
    {
        if (item.Length > LongestValue) throw Wrong(argument, $"at most {LongestValue} signs", $"{item.Length}");
        if (item.Any(char.IsControl)) throw Wrong(argument, "a text without control characters", "one with them");
        switch (argument.Type)
        {
            case JobArgumentType.Integer or JobArgumentType.Number:
                CheckNumber(argument, item);
                return;
            case JobArgumentType.Boolean when item is not ("true" or "false"):
                throw Wrong(argument, "true or false", $"\"{item}\"");
            case JobArgumentType.Choice when !argument.Choices.Contains(item, StringComparer.Ordinal):
                throw Wrong(argument, $"one of {string.Join(", ", argument.Choices)}", $"\"{item}\"");
        }
        if (item[0] is '-' or '@') throw Wrong(argument, "a text that does not begin with - or @", $"\"{item}\"");
        if (argument.Pattern is { } pattern && !Compile(pattern)!.IsMatch(item)) throw Wrong(argument, $"a text of the form {pattern}", $"\"{item}\"");
    }

    private static void CheckNumber(JobArgument argument, string item)
    {
        var style = argument.Type == JobArgumentType.Integer ? NumberStyles.AllowLeadingSign : NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite;
        if (!double.TryParse(item, style, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            throw Wrong(argument, argument.Type == JobArgumentType.Integer ? "a whole number" : "a number", $"\"{item}\"");
        if (number < argument.Min || number > argument.Max)
            throw Wrong(argument, string.Create(CultureInfo.InvariantCulture, $"a number from {argument.Min ?? double.NegativeInfinity} to {argument.Max ?? double.PositiveInfinity}"), item);
    }

    private static SakiException Wrong(JobArgument argument, string expected, string got) => new($"Reading {argument.Name}", expected, got);
}
