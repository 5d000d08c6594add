using System.CommandLine;
using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Models;

/// <summary><c>saki models …</c>: the registry of a server.</summary>
internal static class ModelsVerbs
{
    public static Command Create() => new("models", "Register models, move them between stages, and see who did")
    {
        List(), Show(), RegisterVerb.Create(), PromoteVerb.Create(), Alias(), HistoryVerb.Create(), RollbackVerb.Create(),
    };

    /// <summary>The name of a registered model.</summary>
    public static Argument<string> Name() => new("name") { Description = "The registered model" };

    /// <summary>A moment as people read it.</summary>
    public static string Moment(long milliseconds) => Format.Moment(milliseconds);

    private static Verb List()
    {
        var server = TrackingOptions.Server();
        var verb = new Verb("list", "List registered models") { Examples = ["saki models list"] };
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var registry = RegistryServer.Of(parsed, server);
            var models = await registry.Models.GetModelsAsync(cancel) ?? [];
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json))
            {
                terminal.WriteJson(new RegisteredModelPage(models), MlflowJson.Of<RegisteredModelPage>());
                return;
            }
            if (models.Count == 0) terminal.Say("No models yet. Type: saki models register NAME runs:/latest");
            var table = new TextTable("MODEL", "PRODUCTION", "STAGING", "NEWEST", "CHANGED (UTC)").Right("PRODUCTION", "STAGING", "NEWEST");
            foreach (var model in models)
                table.Add(model.Name, Holder(model, "production"), Holder(model, "staging"),
                    model.LatestVersions.Select(version => long.Parse(version.Version, CultureInfo.InvariantCulture)).DefaultIfEmpty().Max().ToString(CultureInfo.InvariantCulture), Moment(model.LastUpdatedTimestamp));
            if (models.Count > 0) table.Write(terminal.Output);
        });
        return verb;
    }

    private static Verb Show()
    {
        var (name, server) = (Name(), TrackingOptions.Server());
        var verb = new Verb("show", "Show the versions of a model") { Examples = ["saki models show emotions"] };
        verb.Add(name);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var registry = RegistryServer.Of(parsed, server);
            var model = await registry.Models.GetModelAsync(parsed.GetRequiredValue(name), cancel);
            var versions = await registry.Models.GetVersionsAsync(model.Name, cancel) ?? [];
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json))
            {
                terminal.WriteJson(new ModelVersionPage(versions), MlflowJson.Of<ModelVersionPage>());
                return;
            }
            if (model.Description is { Length: > 0 } description) terminal.Output.WriteLine(description);
            var table = new TextTable("VERSION", "STAGE", "ALIASES", "RUN", "MADE (UTC)", "SOURCE").Right("VERSION");
            foreach (var version in versions)
            {
                // The server tells aliases with the model, not with the versions of a search.
                var aliases = string.Join(", ", model.Aliases.Where(alias => alias.Version == version.Version).Select(alias => alias.Alias));
                table.Add(version.Version, version.CurrentStage, aliases, version.RunId is { Length: > 12 } run ? run[..12] : version.RunId ?? "", Moment(version.CreationTimestamp), version.Source);
            }
            table.Write(terminal.Output);
        });
        return verb;
    }

    private static Verb Alias()
    {
        var (name, server) = (Name(), TrackingOptions.Server());
        var alias = new Argument<string>("alias") { Description = "The alias; production and staging are the stages of these names" };
        var version = new Argument<string?>("version") { Description = "What it points to from now on", Arity = ArgumentArity.ZeroOrOne };
        var remove = new Option<bool>("--delete") { Description = "Take the alias away" };
        var verb = new Verb("alias", "Point an alias to a version") { Examples = ["saki models alias emotions champion 3", "saki models alias emotions champion --delete"] };
        foreach (var argument in (Argument[])[name, alias, version]) verb.Add(argument);
        foreach (var option in (Option[])[remove, server]) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var registry = RegistryServer.Of(parsed, server);
            var (model, word) = (parsed.GetRequiredValue(name), parsed.GetRequiredValue(alias));
            if (parsed.GetValue(remove)) await registry.Models.DropAliasAsync(model, word, cancel);
            else if (parsed.GetValue(version) is { } target) await registry.Models.SetAliasAsync(model, word, target, cancel);
            else Verb.Terminal.Value!.Output.WriteLine((await registry.Models.GetByAliasAsync(model, word, cancel)).Version);
        });
        return verb;
    }

    private static string Holder(RegisteredModel model, string alias) => model.Aliases.FirstOrDefault(one => one.Alias == alias)?.Version ?? "—";
}
