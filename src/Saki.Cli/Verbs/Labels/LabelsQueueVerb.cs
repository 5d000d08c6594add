using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Labelling;
using Saki.Labelling.Sampling;
using Saki.Tracking;

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
            using var client = TrackingOptions.Api(parsed, server, LabelsVerbs.Patience);
            var view = await client.PostAsync("api/label/queues", Read(parsed), LabelJson.Default.LabelQueueAsk, LabelJson.Default.LabelQueueView, cancel);
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

    private static async Task<LabelQueueView> WaitAsync(ApiClient client, LabelQueueView view, CancellationToken cancel)
    {
        using var bar = new ProgressBar(Verb.Terminal.Value!, "Look", TimeProvider.System);
        while (view.State == "making")
        {
            bar.Report(view.Looked, view.ToLook);
            await Task.Delay(Pause, cancel);
            view = await client.GetAsync($"api/label/queues/{Uri.EscapeDataString(view.Name)}", LabelJson.Default.LabelQueueView, cancel);
        }
        return view;
    }
}
