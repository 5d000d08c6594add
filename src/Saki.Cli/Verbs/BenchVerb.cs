using System.CommandLine;
using System.Globalization;
using Saki.Cli.Benching;
using Saki.Inference.Serving;
using Saki.Pipelines;

namespace Saki.Cli.Verbs;

/// <summary><c>saki bench URL|TARGET</c>: requests per second and latency at several loads.</summary>
internal static class BenchVerb
{
    private static readonly Argument<string> TargetName = new("target") { Description = "A server's address, or a model to load in this process" };
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "The server's model (default: its first)", HelpName = "NAME" };
    private static readonly Option<string> Callers = new("--concurrency", "-c") { Description = "Callers at once, one step each", HelpName = "N,N", DefaultValueFactory = _ => "1,8,32" };
    private static readonly Option<string?> Rate = new("--rate") { Description = "Open loop instead: requests per second, whatever the answers do, one step each", HelpName = "N,N" };
    private static readonly Option<double> Seconds = new("--seconds", "-s") { Description = "Seconds for each step, after one of warm-up", HelpName = "S", DefaultValueFactory = _ => 3 };
    private static readonly Option<string> Form = Choice(new("--form") { Description = "binary or json tensors", HelpName = "FORM", DefaultValueFactory = _ => "binary" }, "binary", "json");
    private static readonly Option<int> Items = new("--items") { Description = "Rows or pictures in one request", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Picture = new("--image") { Description = "Send this picture instead of a tensor", HelpName = "FILE" };
    private static readonly Option<bool> Csv = new("--csv") { Description = "Comma-separated lines instead of a table" };
    private static readonly Option<string?> Html = new("--html") { Description = "Write a page with table and charts, too", HelpName = "FILE" };
    private static readonly Option<string?> Pipeline = TargetOptions.Pipeline();

    public static Command Create()
    {
        var verb = new Verb("bench", "Measure a server or a model under load")
        {
            Examples = ["saki bench http://127.0.0.1:5254 --model resnet20 -c 1,8,32", "saki bench http://127.0.0.1:5254 --rate 100,200,400 --html load.html", "saki bench ./package --image photo.jpg --csv"],
        };
        verb.Add(TargetName);
        foreach (var option in new Option[] { Model, Callers, Rate, Seconds, Form, Items, Picture, Csv, Html, Pipeline }) verb.Add(option);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        var time = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(Seconds), 0.1, 3600));
        var items = parsed.GetValue(Items) is > 0 and <= 4096 and var given ? given : throw new SakiException("Reading --items", "a number from 1 to 4096", $"{parsed.GetValue(Items)}");
        var steps = Numbers("--concurrency", parsed.GetRequiredValue(Callers), 1000);
        var rates = parsed.GetValue(Rate) is { } text ? Numbers("--rate", text, 1_000_000) : null;
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        await using var models = new ModelRepository(new RepositoryOptions { Cache = home.Cache });
        await using var load = await OpenAsync(parsed, models, home, items, cancel);

        terminal.Say(load.Name);
        await LoadGenerator.ClosedAsync(load.Send, 2, TimeSpan.FromSeconds(Math.Min(1, time.TotalSeconds)), cancel);
        var results = new List<LoadResult>();
        if (rates is null)
            foreach (var step in steps) results.Add(await LoadGenerator.ClosedAsync(load.Send, (int)step, time, cancel));
        else
            foreach (var rate in rates) results.Add(await LoadGenerator.OpenAsync(load.Send, rate, time, cancel));

        var report = new BenchReport(load.Name, load.Items, Environment.ProcessorCount, time.TotalSeconds, results);
        if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(report, CliJson.Default.BenchReport);
        else if (parsed.GetValue(Csv)) report.WriteCsv(terminal.Output);
        else report.Write(terminal.Output);
        if (parsed.GetValue(Html) is { } page) await File.WriteAllTextAsync(page, report.Html(), cancel);
        return 0;
    }

    private static async Task<LoadTarget> OpenAsync(ParseResult parsed, ModelRepository models, SakiHome home, int items, CancellationToken cancel)
    {
        var text = parsed.GetRequiredValue(TargetName);
        var picture = parsed.GetValue(Picture) is { } file ? ImageFiles.Read(file) : null;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? await LoadTarget.OfServerAsync(address, parsed.GetValue(Model), parsed.GetValue(Form)!, items, picture, TrackingOptions.Token(text, home), cancel)
            : await LoadTarget.OfPlanAsync(models, models.Open(text, null, parsed.GetValue(Pipeline) is { } yaml ? PipelineFile.Read(yaml) : null)[0], items, picture, cancel);
    }

    private static double[] Numbers(string option, string text, double most) =>
        [.. text.Split(',').Select(part => double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most && (option == "--rate" || number == Math.Floor(number)) ? number
            : throw new SakiException($"Reading {option}", $"numbers up to {most:0} with commas", $"\"{part}\""))];

    private static Option<string> Choice(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
