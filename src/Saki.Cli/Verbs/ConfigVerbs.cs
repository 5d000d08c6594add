using System.CommandLine;
using Saki.Configuration;

namespace Saki.Cli.Verbs;

/// <summary><c>saki config show</c>: composes a configuration tree and prints the outcome.</summary>
internal static class ConfigVerbs
{
    public static Command Create() => new("config", "Compose and show configuration") { Show() };

    private static Verb Show()
    {
        var overrides = new Argument<string[]>("override") { Description = "group=option, key=value, +key=value, ~key", Arity = ArgumentArity.ZeroOrMore };
        var folder = new Option<string?>("--config-dir") { Description = "Folder of the tree (default: conf/ here, else the one that came with saki)", HelpName = "DIR" };
        var name = new Option<string>("--config-name") { Description = "Primary file without .yaml", HelpName = "NAME", DefaultValueFactory = _ => "train" };
        var info = new Option<string?>("--info") { Description = "provenance: where every value comes from", HelpName = "WHAT" };
        info.AcceptOnlyFromAmong("provenance");
        var resolve = new Option<bool>("--resolve") { Description = "Replace interpolations by their values" };
        var verb = new Verb("show", "Compose a tree in Hydra's way and print it")
        {
            Examples = ["saki config show experiment=emotions optimizer.lr=0.05", "saki config show --info provenance network=emotion_cnn"],
        };
        verb.Add(overrides);
        verb.Add(folder);
        verb.Add(name);
        verb.Add(info);
        verb.Add(resolve);
        verb.SetAction(parsed =>
        {
            var primary = parsed.GetRequiredValue(name);
            var composed = ConfigComposer.Compose(ConfigFolder.Find(parsed.GetValue(folder), primary), primary, parsed.GetValue(overrides) ?? []);
            var config = parsed.GetValue(resolve) ? composed.Resolve() : composed.Root;
            var output = Verb.Terminal.Value!.Output;
            if (parsed.GetValue(info) is not null)
                foreach (var (path, value) in config.Leaves()) output.WriteLine($"{path} = {ConfigJsonWriter.Write(value)}  # {value.Origin}");
            else if (parsed.GetValue(SakiCommand.Json)) output.WriteLine(ConfigJsonWriter.Write(config));
            else output.Write(ConfigYamlWriter.Write(config));
        });
        return verb;
    }
}
