using System.Globalization;
using System.Text;
using System.Text.Json;
using Saki.Configuration;
using Saki.Testing;

namespace Saki.Tests.Configuration;

/// <summary>The cases in ../shared/hydra, made with hydra-core 1.3: each is run and compared; the values in one canonical text.</summary>
internal static class HydraCases
{
    public static string? Root { get; } = SharedData.Root is { } data && Directory.Exists(Path.Combine(data, "../hydra")) ? Path.GetFullPath(Path.Combine(data, "../hydra")) : null;

    /// <summary>Null when the case agrees, else what differs.</summary>
    public static string? Run(JsonElement test, InterpolationContext context)
    {
        var expect = test.GetProperty("expect");
        var refused = expect.TryGetProperty("error", out _);
        try
        {
            var difference = test.GetProperty("family").GetString() switch
            {
                "override" => OverrideCase(test, expect),
                "compose" => ComposeCase(test, expect, context),
                "sweep" => SweepCase(test, expect),
                _ => ValueCase(test, expect, context),
            };
            return refused ? "accepted, but refused by the original" : difference;
        }
        catch (ConfigException failure)
        {
            return refused ? null : $"refused: {failure.Message}";
        }
    }

    private static string? OverrideCase(JsonElement test, JsonElement expect)
    {
        var item = Override.Parse(test.GetProperty("input").GetString()!);
        if (expect.TryGetProperty("error", out _)) return null;
        var kind = item.Kind switch { OverrideKind.ForceAdd => "FORCE_ADD", OverrideKind.Delete => "DEL", _ => item.Kind.ToString().ToUpperInvariant() };
        if (kind != expect.GetProperty("type").GetString() || item.Key != expect.GetProperty("key").GetString()) return $"{kind} {item.Key}";
        if (item.Package != expect.GetProperty("package").GetString()) return $"package {item.Package}";
        var type = item.Value switch { null => null, ChoiceSweep { IsSimple: true } => "SIMPLE_CHOICE_SWEEP", ChoiceSweep => "CHOICE_SWEEP", RangeSweep => "RANGE_SWEEP", IntervalSweep => "INTERVAL_SWEEP", GlobSweep => "GLOB_CHOICE_SWEEP", _ => "ELEMENT" };
        if (type != expect.GetProperty("value_type").GetString()) return $"value_type {type}";
        if (Differ(expect.GetProperty("value"), item.Value) is { } value) return value;
        if (expect.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String && item.Value is not null && OverrideText.Of(item.Value) != text.GetString()) return $"text {OverrideText.Of(item.Value)}";
        if (!expect.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Array) return null;
        var expanded = string.Join(" | ", SweepExpansion.Values((Sweep)item.Value!, item.Key, null).Take(64));
        var wanted = string.Join(" | ", items.EnumerateArray().Select(x => x.GetString()));
        return expanded == wanted ? null : $"items {expanded}";
    }

    private static string? ComposeCase(JsonElement test, JsonElement expect, InterpolationContext context)
    {
        var composed = ConfigComposer.Compose(Tree(test), test.GetProperty("config").GetString()!, Strings(test.GetProperty("overrides")));
        if (expect.TryGetProperty("error", out _)) return null;
        if (expect.TryGetProperty("select", out var select)) return Read(select, composed.Root, context);
        if (Differ(expect.GetProperty("config"), composed.Root) is { } config) return $"config: {config}";
        var choices = string.Join(" ", composed.Choices.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => $"{x.Key}={x.Value}"));
        var wantedChoices = string.Join(" ", expect.GetProperty("choices").EnumerateObject().OrderBy(x => x.Name, StringComparer.Ordinal).Select(x => $"{x.Name}={x.Value.GetString()}"));
        if (choices != wantedChoices) return $"choices: {choices} instead of {wantedChoices}";
        var defaults = string.Join(" ", composed.Sources.Select(x => $"{x.Path}@{x.Package}:{x.IsSelf}"));
        var wantedDefaults = string.Join(" ", expect.GetProperty("defaults").EnumerateArray().Select(x => $"{x[0].GetString()}@{x[1].GetString()}:{x[2].GetBoolean()}"));
        if (defaults != wantedDefaults) return $"defaults: {defaults} instead of {wantedDefaults}";
        if (ConfigYamlWriter.Write(composed.Root) is var yaml && yaml != expect.GetProperty("yaml").GetString()) return $"yaml: {yaml}";
        try
        {
            var resolved = composed.Resolve(context);
            return expect.TryGetProperty("resolved", out var wanted) ? Differ(wanted, resolved) is { } difference ? $"resolved: {difference}" : null : "resolved, but refused by the original";
        }
        catch (ConfigException failure)
        {
            return expect.TryGetProperty("resolve_error", out _) ? null : $"not resolved: {failure.Message}";
        }
    }

    private static string? SweepCase(JsonElement test, JsonElement expect)
    {
        var primary = test.TryGetProperty("config", out var named) ? named.GetString() : null;
        var jobs = SweepExpansion.Jobs(Tree(test), Strings(test.GetProperty("overrides")), primary);
        if (expect.TryGetProperty("error", out _)) return null;
        var wanted = string.Join(" | ", expect.GetProperty("batches").EnumerateArray().SelectMany(batch => batch.EnumerateArray()).Select(job => string.Join(" ", Strings(job))));
        var got = string.Join(" | ", jobs.Select(job => string.Join(" ", job)));
        if (got != wanted) return $"jobs {got}";
        if (!expect.TryGetProperty("configs", out var configs) || configs.ValueKind != JsonValueKind.Array) return null;
        var i = 0;
        foreach (var config in configs.EnumerateArray())
        {
            if (config.ValueKind == JsonValueKind.Object && config.TryGetProperty("error", out _) && Refuses(() => ConfigComposer.Compose(Tree(test), primary!, jobs[i]))) { i++; continue; }
            if (Differ(config, ConfigComposer.Compose(Tree(test), primary!, jobs[i++]).Root) is { } difference) return $"config of job {i}: {difference}";
        }
        return null;
    }

    private static string? ValueCase(JsonElement test, JsonElement expect, InterpolationContext context)
    {
        var root = ConfigYaml.Parse(test.GetProperty("yaml").GetString()!, "case.yaml");
        Interpolation.Check(root);
        if (test.TryGetProperty("update", out var updates) && updates.ValueKind == JsonValueKind.Array)
            foreach (var update in updates.EnumerateArray())
                ConfigMerge.Set((ConfigMap)root, update[0].GetString()!, Node(update[1]), add: false, static _ => null);
        return expect.TryGetProperty("error", out _) ? null : Read(expect.GetProperty("read"), root, context);
    }

    private static string? Read(JsonElement keys, ConfigNode root, InterpolationContext context)
    {
        foreach (var key in keys.EnumerateObject())
        {
            try
            {
                var value = new Interpolation(root, context).Read(key.Name);
                if (key.Value.TryGetProperty("error", out _)) return $"{key.Name} read as {Text(value)}, refused by the original";
                if (Differ(key.Value.GetProperty("value"), value) is { } difference) return $"{key.Name}: {difference}";
            }
            catch (ConfigException failure)
            {
                if (!key.Value.TryGetProperty("error", out _)) return $"{key.Name}: {failure.Message}";
            }
        }
        return null;
    }

    private static bool Refuses(Action action)
    {
        try { action(); return false; }
        catch (ConfigException) { return true; }
    }

    private static string Tree(JsonElement test) => Path.Combine(Root!, "conf", test.GetProperty("tree").GetString()!);

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(x => x.GetString()!)];

    private static string? Differ(JsonElement wanted, ConfigNode? got) => Text(wanted) is var text && Text(got) is var mine && text == mine ? null : $"{mine} instead of {text}";

    private static ConfigNode Node(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array) return new ConfigScalar(json.ValueKind == JsonValueKind.Number ? json.GetInt64() : json.GetString());
        var list = new ConfigList();
        list.Items.AddRange(json.EnumerateArray().Select(Node));
        return list;
    }

    private static string Text(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Null: return "null";
            case JsonValueKind.True: return "true";
            case JsonValueKind.False: return "false";
            case JsonValueKind.String: return JsonSerializer.Serialize(json.GetString());
            case JsonValueKind.Array: return $"[{string.Join(",", json.EnumerateArray().Select(Text))}]";
            case JsonValueKind.Number:
                var raw = json.GetRawText();
                return raw.IndexOfAny(['.', 'e', 'E']) >= 0 ? Float(json.GetDouble()) : raw;
        }
        if (json.TryGetProperty("$float", out var special)) return special.GetString()! switch { "nan" => Float(double.NaN), "inf" => Float(double.PositiveInfinity), _ => Float(double.NegativeInfinity) };
        if (json.TryGetProperty("$quoted", out var quoted)) return $"{json.GetProperty("quote").GetString()}{JsonSerializer.Serialize(quoted.GetString())}";
        if (json.TryGetProperty("$dict", out var entries)) return Map(entries.EnumerateArray().Select(x => (Text(x[0]), Text(x[1]))));
        if (json.TryGetProperty("$sweep", out _)) return $"sweep{Map(json.EnumerateObject().Select(x => (x.Name, x.Name == "tags" ? string.Join(",", x.Value.EnumerateArray().Select(Text).Order(StringComparer.Ordinal)) : Text(x.Value))))}";
        return Map(json.EnumerateObject().Select(x => (JsonSerializer.Serialize(x.Name), Text(x.Value))));
    }

    private static string Text(ConfigNode? node) => node switch
    {
        null => "null",
        ConfigMap map => Map(map.Entries.Select(x => (Text(x.Key.Value), Text(x.Value)))),
        ConfigList list => $"[{string.Join(",", list.Items.Select(Text))}]",
        ConfigScalar { Quote: '\'' } scalar => $"single{Text(scalar.Value)}",
        ConfigScalar { Quote: '"' } scalar => $"double{Text(scalar.Value)}",
        ConfigScalar scalar => Text(scalar.Value),
        ChoiceSweep x => SweepText(x, "choice", ("simple", Text(x.IsSimple)), ("shuffle", Text(x.Shuffle)), ("list", $"[{string.Join(",", x.Values.Select(Text))}]")),
        RangeSweep x => SweepText(x, "range", ("shuffle", Text(x.Shuffle)), ("start", Text(x.Start)), ("stop", Text(x.Stop)), ("step", Text(x.Step))),
        IntervalSweep x => SweepText(x, "interval", ("start", Text(x.Start)), ("end", Text(x.End))),
        GlobSweep x => $"sweep{Map([("$sweep", "\"glob\""), ("include", $"[{string.Join(",", x.Include.Select(Text))}]"), ("exclude", $"[{string.Join(",", x.Exclude.Select(Text))}]")])}",
        _ => throw new InvalidOperationException(),
    };

    private static string SweepText(Sweep sweep, string kind, params (string, string)[] parts) =>
        $"sweep{Map([("$sweep", $"\"{kind}\""), ("tags", string.Join(",", sweep.Tags.Select(Text).Order(StringComparer.Ordinal))), .. parts])}";

    private static string Map(IEnumerable<(string Key, string Value)> entries)
    {
        var text = new StringBuilder("{");
        foreach (var (key, value) in entries.OrderBy(x => x.Key, StringComparer.Ordinal)) text.Append(key).Append(':').Append(value).Append(';');
        return text.Append('}').ToString();
    }

    private static string Text(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double number => Float(number),
        string text => JsonSerializer.Serialize(text),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException(),
    };

    private static string Float(double number) => "f" + number.ToString("R", CultureInfo.InvariantCulture);
}
