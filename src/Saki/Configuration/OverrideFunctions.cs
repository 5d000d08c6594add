using System.Globalization;
using System.Numerics;

namespace Saki.Configuration;

/// <summary>The functions of the override grammar: casts, sweeps, sort and shuffle. A wrong call is a <see cref="FormatException"/> with what is wrong.</summary>
internal static class OverrideFunctions
{
    private static readonly string[] Names = ["int", "float", "str", "bool", "choice", "range", "interval", "glob", "tag", "sort", "shuffle"];

    public static ConfigNode Call(string name, List<(string? Name, ConfigNode Value)> arguments, ConfigOrigin origin) => name switch
    {
        "int" or "float" or "str" or "bool" => Cast(name, Values(arguments), origin),
        "choice" => Choice(Values(arguments), origin),
        "range" => Range(Named(arguments, "start", "stop", "step"), origin),
        "interval" => Interval(Named(arguments, "start", "end"), origin),
        "glob" => Glob(Named(arguments, "include", "exclude"), origin),
        "tag" => Tag(Values(arguments)),
        "sort" => Sort(arguments, origin),
        "shuffle" => Shuffle(arguments, origin),
        _ => throw new FormatException($"the function {name}. {DidYouMean.Hint(name, Names)}".TrimEnd('.')),
    };

    private static List<ConfigNode> Values(List<(string? Name, ConfigNode Value)> arguments)
    {
        if (arguments.Find(x => x.Name is not null).Name is { } named) throw new FormatException($"the named argument {named}");
        return arguments.Count > 0 ? arguments.ConvertAll(x => x.Value) : throw new FormatException("no argument");
    }

    private static ConfigNode?[] Named(List<(string? Name, ConfigNode Value)> arguments, params string[] names)
    {
        var slots = new ConfigNode?[names.Length];
        for (var i = 0; i < arguments.Count; i++)
        {
            var slot = arguments[i].Name is { } name ? Array.IndexOf(names, name) : i;
            if (slot < 0 || slot >= names.Length || slots[slot] is not null) throw new FormatException($"the argument {arguments[i].Name ?? $"number {i + 1}"}");
            slots[slot] = arguments[i].Value;
        }
        return slots;
    }

    private static ConfigNode Cast(string type, List<ConfigNode> values, ConfigOrigin origin) => values.Count == 1
        ? Cast(type, values[0])
        : new ChoiceSweep(values.ConvertAll(value => Cast(type, value))) { IsSimple = true, Origin = origin };

    private static ConfigNode Cast(string type, ConfigNode value)
    {
        switch (value)
        {
            case ConfigList list:
                var items = new ConfigList { Origin = list.Origin };
                items.Items.AddRange(list.Items.Select(item => Cast(type, item)));
                return items;
            case ConfigMap map:
                var entries = new ConfigMap { Origin = map.Origin };
                foreach (var (key, item) in map.Entries) entries.Entries.Add(key, Cast(type, item));
                return entries;
            case ChoiceSweep choice:
                return new ChoiceSweep([.. choice.Values.Select(item => Cast(type, item))]) { IsSimple = choice.IsSimple, Shuffle = choice.Shuffle, Tags = choice.Tags, Origin = choice.Origin };
            case RangeSweep range when type is "int" or "float":
                return new RangeSweep(Cast(type, range.Start)!, Cast(type, range.Stop)!, Cast(type, range.Step)!) { Shuffle = range.Shuffle, Tags = range.Tags, Origin = range.Origin };
            case IntervalSweep interval when type is "int" or "float":
                return new IntervalSweep(Cast(type, interval.Start)!, Cast(type, interval.End)!) { Tags = interval.Tags, Origin = interval.Origin };
            case ConfigScalar scalar:
                return new ConfigScalar(Cast(type, scalar.Value)) { Origin = scalar.Origin };
            default:
                throw new FormatException($"{type} of such a sweep");
        }
    }

    private static object? Cast(string type, object? value) => (type, value) switch
    {
        ("str", null) => "null",
        ("str", bool flag) => flag ? "true" : "false",
        ("str", _) => ConfigScalar.TextOf(value),
        ("int", bool flag) => flag ? 1L : 0L,
        ("int", long or BigInteger) => value,
        ("int", double number) when double.IsFinite(number) => YamlScalar11.Narrow(new BigInteger(Math.Truncate(number))),
        ("int", string text) when BigInteger.TryParse(text.Trim().Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => YamlScalar11.Narrow(whole),
        ("float", bool flag) => flag ? 1.0 : 0.0,
        ("float", long whole) => (double)whole,
        ("float", BigInteger whole) => (double)whole,
        ("float", double) => value,
        ("float", string text) => FloatOf(text),
        ("bool", bool) => value,
        ("bool", long whole) => whole != 0,
        ("bool", BigInteger) => true,
        ("bool", double number) => number != 0,
        ("bool", string text) when text.Equals("true", StringComparison.OrdinalIgnoreCase) => true,
        ("bool", string text) when text.Equals("false", StringComparison.OrdinalIgnoreCase) => false,
        _ => throw new FormatException($"{type} of {ConfigScalar.TextOf(value)}"),
    };

    private static double FloatOf(string text)
    {
        try { return OverrideParser.Number(text.Trim()); }
        catch (FormatException) { throw new FormatException($"float of \"{text}\""); }
    }

    private static ChoiceSweep Choice(List<ConfigNode> values, ConfigOrigin origin)
    {
        if (values is [ChoiceSweep only]) return new ChoiceSweep(only.Values) { Shuffle = only.Shuffle, Tags = only.Tags, Origin = origin };
        if (values.Exists(value => value is RangeSweep or IntervalSweep or GlobSweep)) throw new FormatException("a sweep inside choice");
        return new ChoiceSweep(values) { Origin = origin };
    }

    private static RangeSweep Range(ConfigNode?[] slots, ConfigOrigin origin)
    {
        var first = NumberOf(slots[0], "start");
        var step = slots[2] is null ? 1L : NumberOf(slots[2], "step");
        return slots[1] is null ? new RangeSweep(0L, first, step) { Origin = origin } : new RangeSweep(first, NumberOf(slots[1], "stop"), step) { Origin = origin };
    }

    private static IntervalSweep Interval(ConfigNode?[] slots, ConfigOrigin origin) =>
        new(Cast("float", NumberOf(slots[0], "start"))!, Cast("float", NumberOf(slots[1], "end"))!) { Origin = origin };

    private static object NumberOf(ConfigNode? node, string what) =>
        node is ConfigScalar { Value: long or double } scalar ? scalar.Value : throw new FormatException($"no number for {what}");

    private static GlobSweep Glob(ConfigNode?[] slots, ConfigOrigin origin) =>
        new(Patterns(slots[0] ?? throw new FormatException("glob without a pattern")), slots[1] is null ? [] : Patterns(slots[1]!)) { Origin = origin };

    private static List<string> Patterns(ConfigNode node) => node switch
    {
        ConfigScalar { Value: string text } => [text],
        ConfigList list => list.Items.ConvertAll(item => item is ConfigScalar { Value: string text } ? text : throw new FormatException("a pattern that is no text")),
        _ => throw new FormatException("a pattern that is no text"),
    };

    private static Sweep Tag(List<ConfigNode> values)
    {
        string[] tags = [.. values.SkipLast(1).Select(tag => tag is ConfigScalar { Value: string text } ? text : throw new FormatException("a tag that is no text"))];
        return values[^1] switch
        {
            ChoiceSweep x => new ChoiceSweep(x.Values) { IsSimple = x.IsSimple, Shuffle = x.Shuffle, Tags = tags, Origin = x.Origin },
            RangeSweep x => new RangeSweep(x.Start, x.Stop, x.Step) { Shuffle = x.Shuffle, Tags = tags, Origin = x.Origin },
            IntervalSweep x => new IntervalSweep(x.Start, x.End) { Tags = tags, Origin = x.Origin },
            GlobSweep x => new GlobSweep(x.Include, x.Exclude) { Tags = tags, Origin = x.Origin },
            _ => throw new FormatException("tag of a value that is no sweep"),
        };
    }

    private static ConfigNode Sort(List<(string? Name, ConfigNode Value)> arguments, ConfigOrigin origin)
    {
        var reverse = arguments.Find(x => x.Name == "reverse").Value switch { null => false, ConfigScalar { Value: bool flag } => flag, _ => throw new FormatException("reverse that is no boolean") };
        var values = arguments.Where(x => x.Name != "reverse").Select(x => x.Name is null or "list" or "sweep" ? x.Value : throw new FormatException($"the named argument {x.Name}")).ToList();
        if (values.Count == 0) throw new FormatException("no argument");
        if (values.Count > 1) return new ChoiceSweep(Sorted(values, reverse)) { IsSimple = true, Origin = origin };
        switch (values[0])
        {
            case ConfigScalar scalar: return scalar;
            case ConfigList list:
                var sorted = new ConfigList { Origin = origin };
                sorted.Items.AddRange(Sorted(list.Items, reverse));
                return sorted;
            case ChoiceSweep choice: return new ChoiceSweep(Sorted(choice.Values, reverse)) { IsSimple = choice.IsSimple, Tags = choice.Tags, Origin = origin };
            case RangeSweep range: return Sorted(range, reverse);
            default: throw new FormatException("sort of such a value");
        }
    }

    private static List<ConfigNode> Sorted(IReadOnlyList<ConfigNode> values, bool reverse)
    {
        if (values.Any(value => value is not ConfigScalar { Value: not null })) throw new FormatException("sort of lists, maps or null");
        var scalars = values.Cast<ConfigScalar>().ToList();
        var texts = scalars.Count(scalar => scalar.Value is string);
        if (texts != 0 && texts != scalars.Count) throw new FormatException("sort of texts and numbers together");
        Comparison<ConfigScalar> compare = texts > 0
            ? static (a, b) => string.CompareOrdinal((string)a.Value!, (string)b.Value!)
            : static (a, b) => ((double)Cast("float", a.Value)!).CompareTo((double)Cast("float", b.Value)!);
        var order = Comparer<ConfigScalar>.Create(compare);
        return [.. reverse ? scalars.OrderDescending(order) : scalars.Order(order)];
    }

    // The same values upwards (or downwards): from the last value to one step behind the first.
    private static RangeSweep Sorted(RangeSweep range, bool reverse)
    {
        var (start, stop, step) = (Decimal(range.Start), Decimal(range.Stop), Decimal(range.Step));
        if (step == 0 || (step > 0) == !reverse) return new RangeSweep(range.Start, range.Stop, range.Step) { Tags = range.Tags, Origin = range.Origin };
        var count = Math.Max(0, Math.Ceiling((stop - start) / step));
        var last = start + ((count - 1) * step);
        var whole = range.Start is long && range.Stop is long && range.Step is long;
        return new RangeSweep(Number(last), Number(start - step), Number(-step)) { Tags = range.Tags, Origin = range.Origin };

        object Number(decimal value) => whole ? (object)(long)value : (double)value;
    }

    private static decimal Decimal(object number) => number is long whole ? whole : (decimal)(double)number;

    private static ConfigNode Shuffle(List<(string? Name, ConfigNode Value)> arguments, ConfigOrigin origin)
    {
        var values = arguments.ConvertAll(x => x.Name is null or "list" or "sweep" ? x.Value : throw new FormatException($"the named argument {x.Name}"));
        return values switch
        {
            [] => throw new FormatException("no argument"),
            [ChoiceSweep x] => new ChoiceSweep(x.Values) { IsSimple = x.IsSimple, Shuffle = true, Tags = x.Tags, Origin = origin },
            [RangeSweep x] => new RangeSweep(x.Start, x.Stop, x.Step) { Shuffle = true, Tags = x.Tags, Origin = origin },
            [ConfigList list] => list,
            [Sweep] => throw new FormatException("shuffle of such a sweep"),
            [var single] => single,
            _ => new ChoiceSweep(values) { IsSimple = true, Shuffle = true, Origin = origin },
        };
    }
}
