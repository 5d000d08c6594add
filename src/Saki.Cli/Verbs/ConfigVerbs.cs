using System.CommandLine;

namespace Saki.Cli.Verbs;

/// <summary><c>saki config show</c>: composes a configuration tree and prints the outcome.</summary>
internal static class ConfigVerbs
{
    public static Command Create() => new("config", "Compose and show configuration") { Show() };

    private static Verb Show()
    {
        var overrides = new Argument<string[]>("override") { Description = "group=option, key=value, +key=value, ~key", Arity = ArgumentArity.ZeroOrMore };
        var flags = new HydraFlags(shows: true);
        var verb = new Verb("show", "Compose a tree in Hydra's way and print it")
        {
            Examples = ["saki config show experiment=emotions optimizer.lr=0.05", "saki config show --package optimizer optimizer=adamw", "saki config show --info provenance network=emotion_cnn"],
        };
        verb.Add(overrides);
        flags.AddTo(verb);
        verb.SetAction(parsed =>
        {
            var (composed, context) = flags.Compose(parsed, parsed.GetValue(overrides) ?? []);
            flags.Show(parsed, composed, context, Verb.Terminal.Value!.Output);
        });
        return verb;
    }
}
