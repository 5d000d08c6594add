namespace Saki.Configuration;

/// <summary>
/// The <c>hydra</c> node beside a configuration. Only what means something here is in it: <c>sweeper.params</c>, <c>job.name</c>, and what is known
/// of the composition (<c>overrides</c>, <c>runtime</c>). Where runs are written and how they log is no business of it: there is <c>SAKI_HOME</c>.
/// </summary>
public static class HydraSettings
{
    private const string Key = "hydra";

    /// <summary>The node as <c>--cfg hydra</c> shows it and <c>${hydra:…}</c> reads it.</summary>
    /// <param name="composed">The configuration beside it.</param>
    /// <param name="job">Name of what runs: the verb.</param>
    public static ConfigMap Of(ComposedConfig composed, string job)
    {
        var node = composed.Hydra.Copy();
        var (hydra, task) = (composed.Overrides.Where(IsOurs).ToArray(), composed.Overrides.Where(item => !IsOurs(item)).ToArray());
        node.Entries["mode"] = Text("RUN");
        node.Entries["overrides"] = Map(("hydra", List(hydra.Select(Text))), ("task", List(task.Select(Text))));
        var settings = (ConfigMap)node["job"]!;
        if (settings["name"] is ConfigScalar { IsMissing: true }) settings.Entries["name"] = Text(job);
        settings.Entries["override_dirname"] = Text(string.Join(',', task.Order(StringComparer.Ordinal)));
        settings.Entries["config_name"] = Text(composed.Primary);
        node.Entries["runtime"] = Map(
            ("version", Text(typeof(HydraSettings).Assembly.GetName().Version!.ToString(3))),
            ("cwd", Text(Environment.CurrentDirectory)),
            ("config_sources", List(composed.Folders.Select((folder, i) => Map(("path", Text(Path.GetFullPath(folder))), ("schema", Text("file")), ("provider", Text(ProviderOf(i))))))),
            ("choices", Map([.. composed.Choices.Select(choice => (choice.Key, Text(choice.Value)))])));
        return node;
    }

    /// <summary>Who named the folder that is searched at this place, in Hydra's words.</summary>
    internal static string ProviderOf(int folder) => folder == 0 ? "main" : "command-line";

    /// <summary>The tree before any file is merged into it.</summary>
    internal static ConfigMap Start() => Map((Key, Map(("sweeper", Map(("params", Text(null)))), ("job", Map(("name", Text("???")))))));

    /// <summary>Takes the node out of a composed tree.</summary>
    /// <exception cref="ConfigException">Something in it is not of the kind that it must be.</exception>
    internal static ConfigMap TakeFrom(ConfigMap root)
    {
        var node = root[Key] as ConfigMap ?? throw Wrong(root[Key], "a map under hydra");
        if (node["job"] is not ConfigMap) throw Wrong(node["job"], "a map under hydra.job");
        foreach (var (name, _) in Parameters(node))
            if (name.Value is not string) throw Wrong(node["sweeper"], "names of keys under hydra.sweeper.params");
        root.Entries.Remove(Key);
        return node;
    }

    /// <summary>The overrides that every job of a sweep gets beside those of the command line: key with its sign, and value.</summary>
    internal static IEnumerable<(ConfigKey Name, string Value)> Parameters(ConfigMap hydra)
    {
        if ((hydra["sweeper"] as ConfigMap)?["params"] is not ConfigMap parameters) yield break;
        foreach (var (name, value) in parameters.Entries)
            yield return (name, value is ConfigScalar scalar ? scalar.ToString() : throw Wrong(value, $"a text at hydra.sweeper.params.{name}"));
    }

    internal static bool IsOurs(string text) => text.TrimStart('+', '~').StartsWith("hydra.", StringComparison.Ordinal);

    private static ConfigException Wrong(ConfigNode? node, string expected) =>
        new("ConfigCompositionException", $"Reading hydra{(node is null ? "" : $" ({node.Origin})")}", expected, node switch { ConfigMap => "a map", ConfigList => "a list", null => "nothing", _ => PythonText.Of(node) });

    private static ConfigScalar Text(string? text) => new(text);

    private static ConfigList List(IEnumerable<ConfigNode> items)
    {
        var list = new ConfigList();
        list.Items.AddRange(items);
        return list;
    }

    private static ConfigMap Map(params ReadOnlySpan<(string Key, ConfigNode Value)> entries)
    {
        var map = new ConfigMap();
        foreach (var (key, value) in entries) map.Entries.Add(key, value);
        return map;
    }
}
