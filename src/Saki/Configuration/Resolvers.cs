using System.Globalization;
using System.Text;

namespace Saki.Configuration;

/// <summary>The resolvers: oc.env, oc.select, oc.decode, oc.create, oc.dict.keys, oc.dict.values, oc.deprecated, now, hydra.</summary>
internal sealed class Resolvers(Interpolation tree, InterpolationContext context)
{
    private static readonly string[] Names = ["oc.env", "oc.select", "oc.decode", "oc.create", "oc.dict.keys", "oc.dict.values", "oc.deprecated", "now", "hydra"];

    public ConfigNode Call(CallPart call, Trail trail, ConfigScalar scalar)
    {
        if (call.Resolver == "hydra") return Hydra(call, trail, scalar);
        var arguments = call.Arguments.Select(argument => Evaluate(argument, trail, scalar)).ToArray();
        return (call.Resolver, arguments.Length) switch
        {
            ("oc.env", 1 or 2) => Environment(arguments, scalar),
            ("oc.select", 1 or 2) => Select(arguments, trail, scalar),
            ("oc.decode", 1) => Decode(arguments[0], trail, scalar),
            ("oc.create", 1) => arguments[0],
            ("oc.dict.keys", 1) => Listed(Map(call.Resolver, arguments[0], trail, scalar).Entries.Keys.Select(key => new ConfigScalar(key.Value)), scalar),
            ("oc.dict.values", 1) => Listed(Map(call.Resolver, arguments[0], trail, scalar).Entries.Values, scalar),
            ("oc.deprecated", 1 or 2) => Look(Text(arguments[0], scalar), trail, scalar),
            ("now", 1) => new ConfigScalar(Now(Text(arguments[0], scalar))) { Origin = scalar.Origin },
            _ when Names.Contains(call.Resolver) => throw Interpolation.Fail("InterpolationResolutionError", scalar, $"the right number of arguments for {call.Resolver}", $"{arguments.Length}"),
            _ => throw Interpolation.Fail("UnsupportedInterpolationType", scalar, "a known resolver", call.Resolver, DidYouMean.Hint(call.Resolver, Names)),
        };
    }

    private ConfigNode Evaluate(Argument argument, Trail trail, ConfigScalar scalar)
    {
        switch (argument)
        {
            case ListArgument list:
                return Listed(list.Items.Select(item => Evaluate(item, trail, scalar)), scalar);
            case MapArgument map:
                var entries = new ConfigMap { Origin = scalar.Origin };
                foreach (var (key, value) in map.Entries) entries.Entries[key] = Evaluate(value, trail, scalar);
                return entries;
        }
        var text = (TextArgument)argument;
        if (text.Parts.Count == 0) return new ConfigScalar("") { Origin = scalar.Origin };
        if (text is { Quoted: false, Parts: [PlainPart plain] }) return new ConfigScalar(InterpolationParser.Typed(plain.Text)) { Origin = scalar.Origin };
        var value2 = tree.Join(text.Parts, trail, scalar);
        return text.Quoted && value2 is not ConfigScalar { Value: string } ? new ConfigScalar(PythonText.Of(value2)) { Origin = scalar.Origin } : value2;
    }

    private ConfigScalar Environment(ConfigNode[] arguments, ConfigScalar scalar)
    {
        var name = Text(arguments[0], scalar);
        if (context.Environment(name) is { } value) return new ConfigScalar(value) { Origin = scalar.Origin };
        if (arguments.Length == 1) throw Interpolation.Fail("InterpolationResolutionError", scalar, $"the environment variable {name}", "none", $"Set it, or give a default: ${{oc.env:{name},DEFAULT}}.");
        return arguments[1] is ConfigScalar { Value: null } ? new ConfigScalar(null) : new ConfigScalar(PythonText.Of(arguments[1])) { Origin = scalar.Origin };
    }

    private ConfigNode Select(ConfigNode[] arguments, Trail trail, ConfigScalar scalar)
    {
        try { return Look(Text(arguments[0], scalar), trail, scalar); }
        catch (ConfigException missing) when (missing.Kind is "InterpolationKeyError" or "InterpolationToMissingValueError" && missing.Operation.StartsWith($"Resolving {scalar.Value} ", StringComparison.Ordinal))
        {
            return arguments.Length == 2 ? arguments[1] : new ConfigScalar(null) { Origin = scalar.Origin };
        }
    }

    private ConfigNode Decode(ConfigNode argument, Trail trail, ConfigScalar scalar)
    {
        if (argument is ConfigScalar { Value: null }) return argument;
        if (argument is not ConfigScalar { Value: string text }) throw Interpolation.Fail("InterpolationResolutionError", scalar, "a text for oc.decode", PythonText.Of(argument));
        try { return Evaluate(InterpolationParser.One(text), trail, scalar); }
        catch (ConfigException wrong) when (wrong.Kind == "GrammarParseError")
        {
            throw Interpolation.Fail("InterpolationResolutionError", scalar, "a value that oc.decode can read", text);
        }
    }

    private ConfigMap Map(string resolver, ConfigNode argument, Trail trail, ConfigScalar scalar)
    {
        var value = argument is ConfigScalar { Value: string path } ? Look(path, trail, scalar) : argument;
        return value as ConfigMap ?? throw Interpolation.Fail("InterpolationResolutionError", scalar, $"a map for {resolver}", value is ConfigList ? "a list" : PythonText.Of(value));
    }

    private ConfigNode Look(string path, Trail trail, ConfigScalar scalar)
    {
        var up = path.TakeWhile(c => c == '.').Count();
        return tree.Look(path, Interpolation.Dotted(path[up..]).Split('.'), up, trail, scalar);
    }

    private ConfigNode Hydra(CallPart call, Trail trail, ConfigScalar scalar)
    {
        if (context.Hydra is null || call.Arguments.Count != 1) throw Interpolation.Fail("InterpolationResolutionError", scalar, "${hydra:KEY} inside a run", "no run", "It is known only while a job runs.");
        return new Interpolation(context.Hydra, context).Read(Text(Evaluate(call.Arguments[0], trail, scalar), scalar));
    }

    private static ConfigList Listed(IEnumerable<ConfigNode> items, ConfigScalar scalar)
    {
        var list = new ConfigList { Origin = scalar.Origin };
        list.Items.AddRange(items);
        return list;
    }

    private static string Text(ConfigNode node, ConfigScalar scalar) => node is ConfigScalar { Value: string text }
        ? text
        : throw Interpolation.Fail("InterpolationResolutionError", scalar, "a text as argument", PythonText.Of(node));

    // The letters of strftime that folder names use.
    private string Now(string format)
    {
        var now = context.Time.GetLocalNow();
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            var pattern = format[++i] switch
            {
                'Y' => "yyyy",
                'm' => "MM",
                'd' => "dd",
                'H' => "HH",
                'M' => "mm",
                'S' => "ss",
                'f' => "ffffff",
                'y' => "yy",
                'j' => null,
                'b' => "MMM",
                'B' => "MMMM",
                'a' => "ddd",
                'A' => "dddd",
                _ => null,
            };
            text.Append(format[i] switch { '%' => "%", 'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture), 'F' => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), 'T' => now.ToString("HH:mm:ss", CultureInfo.InvariantCulture), _ when pattern is not null => now.ToString(pattern, CultureInfo.InvariantCulture), var other => $"%{other}" });
        }
        return text.ToString();
    }
}
