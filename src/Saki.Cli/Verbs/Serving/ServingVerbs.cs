using System.CommandLine;
using System.Text.Json;
using Saki.Server.Serving.Control;

namespace Saki.Cli.Verbs.Serving;

/// <summary><c>saki serving …</c>: what a running server serves and where requests go.</summary>
internal static class ServingVerbs
{
    private static readonly Option<string?> Server = new("--server") { Description = "The running server (SAKI_URL; default: the one on this machine)", HelpName = "URL", Recursive = true };
    private static readonly Option<string?> Token = new("--token") { Description = "A token with the scope manage (SAKI_TOKEN; default: the home's own, on this machine)", HelpName = "TOKEN", Recursive = true };
    private static readonly Option<string?> Why = new("--why") { Description = "The reason, for the audit", HelpName = "TEXT" };

    public static Command Create() => new("serving", "See and change what a running server serves: versions, canary, shadow")
    {
        Server, Token,
        List(), Load(), Unload(), Scale(), Default(), CanaryVerb(), ShadowVerb(), User(), Stats(), Undo(),
    };

    private static Verb List()
    {
        var verb = new Verb("list", "List loaded versions with their rates") { Examples = ["saki serving list"] };
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = await Connect(parsed, cancel);
            var view = await client.ViewAsync(cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(view, ServingJson.Default.ServingView);
            else if (view.Models.Count == 0) terminal.Say("Nothing is loaded. Type: saki serving load NAME VERSION");
            else ServingTables.List(terminal.Output, view.Models);
        });
        return verb;
    }

    private static Verb Stats()
    {
        var name = new Argument<string?>("model") { Description = "One model (default: all)", Arity = ArgumentArity.ZeroOrOne };
        var verb = new Verb("stats", "Show requests, times, batches, canary and shadow figures, and the newest changes") { Examples = ["saki serving stats emotions", "saki serving stats --json"] };
        verb.Add(name);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = await Connect(parsed, cancel);
            var view = await client.ViewAsync(cancel);
            if (parsed.GetValue(name) is { } one) view = view with { Models = [await client.ViewAsync(one, cancel)], Events = [.. view.Events.Where(told => told.Model == one)] };
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(view, ServingJson.Default.ServingView);
            else ServingTables.Stats(terminal.Output, view);
        });
        return verb;
    }

    private static Verb Load()
    {
        var version = new Argument<string?>("version") { Description = "A number, stage or alias of the registry (default: Production, or what was loaded before)", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file") { Description = "A file of the server's model store instead", HelpName = "NAME" };
        return Change("load", "Load a version beside the others", ["saki serving load emotions 4", "saki serving load emotions @champion", "saki serving load digits --file digits.mar"], [version], [file], (parsed, writer) =>
        {
            Write(writer, "version", parsed.GetValue(version));
            Write(writer, "file", parsed.GetValue(file));
        });
    }

    private static Verb Unload()
    {
        var version = new Argument<string?>("version") { Description = "One version (default: all of the model)", Arity = ArgumentArity.ZeroOrOne };
        return Change("unload", "Take a version or a model out", ["saki serving unload emotions 3"], [version], [], (parsed, writer) => Write(writer, "version", parsed.GetValue(version)));
    }

    private static Verb Scale()
    {
        var instances = new Argument<int>("instances") { Description = "Runs at once, from 1 to the server's cores" };
        var version = new Argument<string?>("version") { Description = "The version (default: the model's default)", Arity = ArgumentArity.ZeroOrOne };
        return Change("scale", "Bound how many runs of a version go on at once", ["saki serving scale emotions 1", "saki serving scale emotions 2 4"], [instances, version], [], (parsed, writer) =>
        {
            writer.WriteNumber("instances", parsed.GetValue(instances));
            Write(writer, "version", parsed.GetValue(version));
        });
    }

    private static Verb Default()
    {
        var version = new Argument<string>("version") { Description = "A loaded version" };
        return Change("default", "Choose the version that answers when none is named", ["saki serving default emotions 4"], [version], [], (parsed, writer) => writer.WriteString("version", parsed.GetRequiredValue(version)));
    }

    private static Verb CanaryVerb()
    {
        var version = new Argument<string?>("version") { Description = "A loaded version beside the default", Arity = ArgumentArity.ZeroOrOne };
        var percent = new Argument<double?>("percent") { Description = "Its share of the requests, above 0 to 100", Arity = ArgumentArity.ZeroOrOne };
        var stop = new Option<bool>("--stop") { Description = "End the canary" };
        var requests = Number("--min-requests", "Requests before anything is decided (default: 50)");
        var window = Number("--window", "Seconds back that count (default: 600)");
        var errors = Number("--max-extra-errors", "Share of failed requests above the champion's (default: 0.02)");
        var latency = Number("--max-latency-ratio", "Times the champion's p95 that count as slow (default: 2)");
        var disagreement = Number("--max-disagreement", "Share of answers with another class than the champion's (default: 0.3)");
        return Change("canary", "Try a version on a share of the requests; it is taken back by itself when it does worse", ["saki serving canary emotions 4 10", "saki serving canary emotions 4 50 --max-disagreement 0.1", "saki serving canary emotions --stop"],
            [version, percent], [stop, requests, window, errors, latency, disagreement], (parsed, writer) =>
        {
            if (parsed.GetValue(stop)) return;
            writer.WriteString("version", parsed.GetValue(version) ?? throw Missing("a version, or --stop"));
            writer.WriteNumber("percent", parsed.GetValue(percent) ?? throw Missing("a share in percent"));
            Write(writer, "min_requests", parsed.GetValue(requests));
            Write(writer, "window_seconds", parsed.GetValue(window));
            Write(writer, "max_extra_errors", parsed.GetValue(errors));
            Write(writer, "max_latency_ratio", parsed.GetValue(latency));
            Write(writer, "max_disagreement", parsed.GetValue(disagreement));
        });
    }

    private static Verb ShadowVerb()
    {
        var version = new Argument<string?>("version") { Description = "A loaded version beside the default", Arity = ArgumentArity.ZeroOrOne };
        var percent = new Option<double?>("--percent") { Description = "Share of the requests that are copied to it (default: 100)", HelpName = "N" };
        var stop = new Option<bool>("--stop") { Description = "End the shadow" };
        return Change("shadow", "Compare a version with the default behind the back of those who ask", ["saki serving shadow emotions 4", "saki serving shadow emotions --stop"], [version], [percent, stop], (parsed, writer) =>
        {
            if (parsed.GetValue(stop)) return;
            writer.WriteString("version", parsed.GetValue(version) ?? throw Missing("a version, or --stop"));
            Write(writer, "percent", parsed.GetValue(percent));
        });
    }

    private static Verb User()
    {
        var user = new Argument<string>("user") { Description = "The key that the user sends (header Saki-User, cookie saki-user)" };
        var version = new Argument<string?>("version") { Description = "A loaded version; none: the default again", Arity = ArgumentArity.ZeroOrOne };
        return Change("user", "Give a user a version of his own", ["saki serving user emotions anna 7", "saki serving user emotions anna"], [user, version], [], (parsed, writer) =>
        {
            writer.WriteString("user", parsed.GetRequiredValue(user));
            Write(writer, "version", parsed.GetValue(version));
        });
    }

    private static Verb Undo()
    {
        var name = Model();
        var verb = new Verb("undo", "Take the newest change of a model back") { Examples = ["saki serving undo emotions"] };
        verb.Add(name);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = await Connect(parsed, cancel);
            var model = parsed.GetRequiredValue(name);
            var newest = (await client.ViewAsync(cancel)).Events.FirstOrDefault(told => told.Model == model);
            if (newest is not { CanUndo: true }) throw new SakiException("Undoing", $"a change of {model} that can be undone", newest is null ? "none" : newest.Action);
            await client.UndoAsync(newest.Id, cancel);
            Verb.Terminal.Value!.Say($"Undone: {newest.Action} {newest.From} → {newest.To}");
        });
        return verb;
    }

    private static Verb Change(string word, string description, string[] examples, Argument[] arguments, Option[] options, Action<ParseResult, Utf8JsonWriter> members)
    {
        var name = Model();
        var verb = new Verb(word, description) { Examples = examples };
        verb.Add(name);
        foreach (var argument in arguments) verb.Add(argument);
        foreach (var option in options.Append(Why)) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = await Connect(parsed, cancel);
            var model = parsed.GetRequiredValue(name);
            var now = await client.ChangeAsync(model, word, writer =>
            {
                members(parsed, writer);
                Write(writer, "why", parsed.GetValue(Why));
            }, cancel);
            var terminal = Verb.Terminal.Value!;
            if (now is null) terminal.Say($"{model} is not loaded any more.");
            else if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(now, ServingJson.Default.ModelServing);
            else ServingTables.List(terminal.Output, [now]);
        });
        return verb;
    }

    private static Argument<string> Model() => new("model") { Description = "The model's name" };

    private static Option<double?> Number(string name, string description) => new(name) { Description = description, HelpName = "N" };

    private static Task<ServingClient> Connect(ParseResult parsed, CancellationToken cancel) =>
        ServingClient.ConnectAsync(parsed.GetValue(Server), parsed.GetValue(Token), SakiHome.Find(parsed.GetValue(SakiCommand.Home)), cancel);

    private static void Write(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null) writer.WriteString(name, value);
    }

    private static void Write(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number) writer.WriteNumber(name, number);
    }

    private static SakiException Missing(string what) => new("Changing what is served", what, "none", "See it with --help.");
}
