using System.CommandLine;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Models;

/// <summary><c>saki models rollback NAME [--to N]</c>: puts back what was in Production before, in one step.</summary>
internal static class RollbackVerb
{
    public static Command Create()
    {
        var (name, server) = (ModelsVerbs.Name(), TrackingOptions.Server());
        var to = new Option<string?>("--to") { Description = "A version that was in Production (default: the one before)", HelpName = "N" };
        var why = new Option<string?>("--why") { Description = "The reason, for the audit", HelpName = "TEXT" };
        var verb = new Verb("rollback", "Put back what was in Production before") { Examples = ["saki models rollback emotions", "saki models rollback emotions --to 2 --why complaints"] };
        verb.Add(name);
        foreach (var option in (Option[])[to, why, server]) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var registry = RegistryServer.Of(parsed, server);
            var model = await registry.Models.GetModelAsync(parsed.GetRequiredValue(name), cancel);
            // What this person saw in Production: when another rolled back meanwhile, nothing happens twice.
            var present = model.Aliases.FirstOrDefault(alias => alias.Alias == "production")?.Version ?? "0";
            var version = await registry.Models.RollbackAsync(new RollbackAsk(model.Name, parsed.GetValue(to), present, parsed.GetValue(why)), cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(version, MlflowJson.Of<ModelVersion>());
            else terminal.Output.WriteLine($"Version {version.Version} of {version.Name} is in Production again{(present == "0" ? "" : $"; it was {present}")}.");
        });
        return verb;
    }
}
