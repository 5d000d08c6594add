using System.CommandLine;
using Saki.Configuration;

namespace Saki.Cli;

/// <summary>
/// Hydra's flags, the same on every verb that composes a configuration: which folders and primary file, and showing the outcome instead of working with it.
/// </summary>
internal sealed class HydraFlags
{
    private readonly Option<string?> _path = new("--config-path", "-cp") { Description = "Folder of the configuration (default: conf/ here, else the one that came with saki)", HelpName = "DIR" };
    private readonly Option<string?> _folder = new("--config-dir", "-cd") { Description = "A folder with the primary file instead; or, without one, with more options for the groups", HelpName = "DIR" };
    private readonly Option<string> _name = new("--config-name", "-cn") { Description = "Primary file without .yaml", HelpName = "NAME", DefaultValueFactory = _ => "train" };
    private readonly Option<string?> _cfg = new("--cfg", "-c") { Description = "Print the composed configuration and end: job, hydra or all", HelpName = "WHAT" };
    private readonly Option<bool> _resolve = new("--resolve") { Description = "Print it with interpolations replaced by their values" };
    private readonly Option<string?> _package = new("--package", "-p") { Description = "Print this part of it only: trainer, optimizer.lr", HelpName = "PKG" };
    private readonly Option<string?> _info = new("--info", "-i") { Description = "Print how it came about and end: provenance (file and line, or override, behind every value), defaults, defaults-tree, searchpath, config, all", HelpName = "WHAT" };
    private readonly bool _shows;

    /// <param name="shows">True where printing is all that the verb does, and needs no flag.</param>
    public HydraFlags(bool shows = false)
    {
        _shows = shows;
        _cfg.AcceptOnlyFromAmong("job", "hydra", "all");
        _info.AcceptOnlyFromAmong("provenance", "defaults", "defaults-tree", "searchpath", "config", "all");
    }

    /// <summary>Adds the flags to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in (Option[])[_path, _folder, _name, _cfg, _resolve, _package, _info]) verb.Add(option);
    }

    /// <summary>Composes what the flags and overrides ask for.</summary>
    public (ComposedConfig Composed, InterpolationContext Context) Compose(ParseResult parsed, IReadOnlyList<string> overrides)
    {
        var name = parsed.GetRequiredValue(_name);
        var composed = ConfigComposer.Compose(ConfigFolder.Find(parsed.GetValue(_path), parsed.GetValue(_folder), name), name, overrides);
        return (composed, new InterpolationContext { Hydra = HydraSettings.Of(composed, composed.Primary) });
    }

    /// <summary>Prints what was asked for; false when nothing was and the verb is to do its work.</summary>
    /// <exception cref="SakiException">Flags that do not go together, a package that is not there, a value that cannot be resolved.</exception>
    public bool Show(ParseResult parsed, ComposedConfig composed, InterpolationContext context, TextWriter output)
    {
        var (cfg, info, resolve, package) = (parsed.GetValue(_cfg), parsed.GetValue(_info), parsed.GetValue(_resolve), parsed.GetValue(_package));
        if (cfg is null && info is null && !_shows)
        {
            if (resolve || package is not null) throw new SakiException("Reading the options", "--cfg beside --resolve and --package", "none", "Write --cfg job.");
            return false;
        }
        if (info is not null && (cfg is not null || package is not null)) throw new SakiException("Reading the options", "either --info or --cfg and --package", "both");
        if (info is not null) output.Write(Info(info, resolve ? composed.Resolve(context) : composed.Root, composed));
        else Values(cfg ?? "job", composed, context, (resolve, package, parsed.GetValue(SakiCommand.Json)), output);
        return true;
    }

    private static string Info(string info, ConfigMap root, ComposedConfig composed) => info switch
    {
        "defaults" => ConfigReport.Defaults(composed),
        "defaults-tree" => ConfigReport.DefaultsTree(composed),
        "searchpath" => ConfigReport.SearchPath(composed),
        "config" => ConfigReport.Config(composed),
        "all" => $"{ConfigReport.Config(composed)}\nProvenance\n**********\n{ConfigReport.Provenance(root)}",
        _ => ConfigReport.Provenance(root),
    };

    // Every key that --package can name, containers too.
    private static IEnumerable<string> Keys(ConfigMap map, string prefix = "") => map.Entries.SelectMany(entry =>
        entry.Value is ConfigMap inner ? Keys(inner, $"{prefix}{entry.Key}.").Prepend($"{prefix}{entry.Key}") : [$"{prefix}{entry.Key}"]);

    private static void Values(string cfg, ComposedConfig composed, InterpolationContext context, (bool Resolve, string? Package, bool Json) how, TextWriter output)
    {
        var (hydra, all) = (new ConfigMap(), new ConfigMap());
        hydra.Entries.Add("hydra", context.Hydra!);
        foreach (var (key, value) in hydra.Entries.Concat(composed.Root.Entries)) all.Entries[key] = value;
        var tree = cfg switch { "job" => composed.Root, "hydra" => hydra, _ => all };
        var interpolation = new Interpolation(all, context);
        if (how.Package is null or "_global_")
        {
            var shown = how.Resolve ? interpolation.ResolveAll(tree) : tree;
            output.Write(how.Json ? $"{ConfigJsonWriter.Write(shown)}\n" : ConfigYamlWriter.Write(shown));
            return;
        }
        var part = (new Interpolation(tree, context).Part(how.Package) is null ? null : how.Resolve ? interpolation.Read(how.Package) : interpolation.Part(how.Package))
            ?? throw new SakiException("Printing the configuration", "a key of it behind --package", how.Package, DidYouMean.Hint(how.Package, [.. Keys(tree)]));
        if (how.Json) output.WriteLine(ConfigJsonWriter.Write(part));
        else if (part is ConfigScalar) output.WriteLine(part);
        else output.Write($"# @package {how.Package}\n{ConfigYamlWriter.Write(part)}");
    }
}
