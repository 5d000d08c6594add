using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Labelling;
using Saki.Labelling.Sampling;

namespace Saki.Cli.Verbs.Labels;

/// <summary><c>saki labels queue NAME --data DATA</c>: asks the server for a queue and waits until it is open.</summary>
internal static class LabelsQueueVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private static readonly Argument<string> Name = new("name") { Description = "Its name, in the address of its page" };
    private static readonly Option<string> Data = new("--data", "-d") { Description = "NAME, NAME@DIGEST-PREFIX, either with :SPLIT", HelpName = "DATA", Required = true };
    private static readonly Option<string?> Source = new("--source") { Description = $"Which pictures: {string.Join(", ", QueueSources.All)} (default: unlabelled where there are any, else review)", HelpName = "SOURCE" };
    private static readonly Option<string> Order = new("--order") { Description = string.Join(", ", StrategyNames.All), HelpName = "ORDER", DefaultValueFactory = _ => "margin" };
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "models:/NAME/STAGE or models:/NAME/VERSION (default: the one that answers for pictures)", HelpName = "MODEL" };
    private static readonly Option<int> Count = new("--count") { Description = "Most tasks", HelpName = "N", DefaultValueFactory = _ => 1000 };
    private static readonly Option<double> Control = new("--control") { Description = "Share drawn at random, to measure the gain", HelpName = "0..1", DefaultValueFactory = _ => 0.1 };
    private static readonly Option<int> Annotators = new("--annotators") { Description = "People for each picture", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<double> Gold = new("--gold") { Description = "Share of questions whose answer is known", HelpName = "0..0.5", DefaultValueFactory = _ => 0 };
    private static readonly Option<bool> Apart = new("--no-group") { Description = "Pictures that look the same stay tasks of their own" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of all draws", HelpName = "N", DefaultValueFactory = _ => 0 };

    public static Command Create()
    {
        var server = TrackingOptions.Server();
        var verb = new Verb("queue", "Make a queue of pictures to label") { Examples = ["saki labels queue doubtful --data faces --order margin --count 500", "saki labels queue errors --data faces:test --source suspects --model models:/faces/Production"] };
        verb.Add(Name);
        foreach (var option in (Option[])[Data, Source, Order, Model, Count, Control, Annotators, Gold, Apart, Seed, server]) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = LabelServer.Of(parsed, server);
            var view = await client.PostAsync("/api/label/queues", Read(parsed), LabelJson.Default.LabelQueueAsk, LabelJson.Default.LabelQueueView, cancel);
            view = await WaitAsync(client, view, cancel);
            if (view.State == "failed") throw new SakiException("Making a queue", "an open queue", $"a failure: {view.Problem.TrimEnd('.')}", "Mend that and ask again under another name.");
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(view, LabelJson.Default.LabelQueueView);
            else terminal.Output.WriteLine($"{view.Name}: {view.Tasks:N0} tasks, {view.Pictures:N0} pictures of {view.Data}{(view.Model.Length > 0 ? $", ordered by {view.Model}" : "")}. Label them at /label/{view.Name}");
            return 0;
        });
        return verb;
    }

    private static LabelQueueAsk Read(ParseResult parsed) => new()
    {
        Name = parsed.GetRequiredValue(Name),
        Data = parsed.GetRequiredValue(Data),
        Source = parsed.GetValue(Source),
        Order = parsed.GetRequiredValue(Order),
        Model = parsed.GetValue(Model),
        Count = parsed.GetValue(Count),
        Control = parsed.GetValue(Control),
        Annotators = parsed.GetValue(Annotators),
        Gold = parsed.GetValue(Gold),
        Group = !parsed.GetValue(Apart),
        Seed = (ulong)parsed.GetValue(Seed),
    };

    private static async Task<LabelQueueView> WaitAsync(LabelServer client, LabelQueueView view, CancellationToken cancel)
    {
        using var bar = new ProgressBar(Verb.Terminal.Value!, "Look", TimeProvider.System);
        while (view.State == "making")
        {
            bar.Report(view.Looked, view.ToLook);
            await Task.Delay(Pause, cancel);
            view = await client.GetAsync($"/api/label/queues/{Uri.EscapeDataString(view.Name)}", LabelJson.Default.LabelQueueView, cancel);
        }
        return view;
    }
}

/// <summary><c>saki labels list</c>: the queues of a server.</summary>
internal static class LabelsListVerb
{
    public static Command Create()
    {
        var server = TrackingOptions.Server();
        var verb = new Verb("list", "List the queues") { Examples = ["saki labels list", "saki labels list --json"] };
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = LabelServer.Of(parsed, server);
            var queues = await client.GetAsync("/api/label/queues", LabelJson.Default.IReadOnlyListLabelQueueView, cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json))
            {
                terminal.WriteJson(queues, LabelJson.Default.IReadOnlyListLabelQueueView);
                return 0;
            }
            var table = new TextTable("QUEUE", "STATE", "DONE", "TASKS", "ORDER", "DATA").Right("DONE", "TASKS");
            foreach (var queue in queues) table.Add(queue.Name, queue.State, $"{queue.Done:N0}", $"{queue.Tasks:N0}", queue.Settings.Order, queue.Data);
            table.Write(terminal.Output);
            if (queues.Count == 0) terminal.Say("No queue yet: saki labels queue NAME --data DATA");
            return 0;
        });
        return verb;
    }
}

/// <summary><c>saki labels stats NAME</c>: people, agreement, and what the order gains over chance.</summary>
internal static class LabelsStatsVerb
{
    public static Command Create()
    {
        var (name, server) = (new Argument<string>("name") { Description = "The queue" }, TrackingOptions.Server());
        var verb = new Verb("stats", "Show people, agreement and what the order gains") { Examples = ["saki labels stats doubtful"] };
        verb.Add(name);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = LabelServer.Of(parsed, server);
            var stats = await client.GetAsync($"/api/label/queues/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/stats", LabelJson.Default.LabelStats, cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(stats, LabelJson.Default.LabelStats);
            else Write(terminal.Output, stats);
            return 0;
        });
        return verb;
    }

    private static void Write(TextWriter output, LabelStats stats)
    {
        var table = new TextTable("WHO", "LABELS", "SKIPPED", "UNUSABLE", "MEDIAN S", "GOLD", "KAPPA").Right("LABELS", "SKIPPED", "UNUSABLE", "MEDIAN S", "GOLD", "KAPPA");
        foreach (var person in stats.Annotators)
            table.Add(person.Name, $"{person.Labels:N0}", $"{person.Skipped:N0}", $"{person.Flagged:N0}", $"{person.Seconds:0.0}", person.GoldAsked > 0 ? $"{person.GoldRight}/{person.GoldAsked}" : "", $"{person.Kappa:0.00}");
        table.Write(output);
        output.WriteLine($"agreement (Krippendorff's alpha): {(stats.Alpha is { } alpha ? $"{alpha:0.000}" : "unknown")} on {stats.LabelledTwice:N0} labelled twice");
        foreach (var arm in stats.Arms) output.WriteLine($"{(arm.Arm == "control" ? "random control" : "in order"),-14} {arm.Wrong:N0} of {arm.Labelled:N0} guesses were wrong{(arm.Labelled > 0 ? $" ({100.0 * arm.Wrong / arm.Labelled:0.0} %)" : "")}");
    }
}

/// <summary><c>saki labels apply NAME</c>: a new version of the data set with a queue's labels.</summary>
internal static class LabelsApplyVerb
{
    private const int MostListed = 20;

    public static Command Create()
    {
        var (name, server) = (new Argument<string>("name") { Description = "The queue" }, TrackingOptions.Server());
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" };
        var verb = new Verb("apply", "Make a data set version of a queue's labels") { Examples = ["saki labels apply doubtful --dry-run", "saki labels apply doubtful"] };
        verb.Add(name);
        verb.Add(dryRun);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = LabelServer.Of(parsed, server);
            var applied = await client.PostAsync($"/api/label/queues/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/apply", new LabelApplyAsk(parsed.GetValue(dryRun)), LabelJson.Default.LabelApplyAsk, LabelJson.Default.LabelApplied, cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(applied, LabelJson.Default.LabelApplied);
            else Write(terminal.Output, applied, parsed.GetValue(dryRun));
            return 0;
        });
        return verb;
    }

    private static void Write(TextWriter output, LabelApplied applied, bool dryRun)
    {
        foreach (var change in applied.Relabelled.Take(MostListed)) output.WriteLine($"  ! {change.Path}: {change.From} -> {change.To}");
        if (applied.RelabelledCount > MostListed) output.WriteLine($"    … and {applied.RelabelledCount - MostListed:N0} more; --json lists them");
        output.WriteLine($"{applied.Labelled:N0} pictures labelled: {applied.RelabelledCount:N0} with another class than before, {applied.Added:N0} added, {applied.Removed:N0} left out; {applied.Unusable:N0} unusable, {applied.Undecided:N0} without a majority, {applied.Gone:N0} gone");
        output.WriteLine(applied.To is null ? "No change: no new version." : dryRun ? "Nothing was written (--dry-run)." : $"{applied.From ?? "nothing"} -> {applied.To}");
    }
}
