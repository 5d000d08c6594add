using System.CommandLine;
using System.Globalization;
using Saki.Cli.Benching;
using Saki.Cli.Terminal;
using Saki.Inference.Serving;
using Saki.Pipelines;

namespace Saki.Cli.Verbs;

/// <summary><c>saki bench URL|TARGET</c>: requests per second and latency at several loads.</summary>
internal static class BenchVerb
{
    public static Command Create()
    {
        var target = new Argument<string>("target") { Description = "A server's address, or a model to load in this process" };
        var model = new Option<string?>("--model", "-m") { Description = "The server's model (default: its first)", HelpName = "NAME" };
        var callers = new Option<string>("--concurrency", "-c") { Description = "Callers at once, one step each", HelpName = "N,N", DefaultValueFactory = _ => "1,8,32" };
        var rate = new Option<double?>("--rate") { Description = "Open loop: requests per second, whatever the answers do", HelpName = "N" };
        var seconds = new Option<double>("--seconds", "-s") { Description = "Seconds for each step, after one of warm-up", HelpName = "S", DefaultValueFactory = _ => 3 };
        var form = new Option<string>("--form") { Description = "binary or json tensors", HelpName = "FORM", DefaultValueFactory = _ => "binary" };
        form.AcceptOnlyFromAmong("binary", "json");
        var image = new Option<string?>("--image") { Description = "Send this picture instead of a tensor", HelpName = "FILE" };
        var csv = new Option<bool>("--csv") { Description = "Comma-separated lines instead of a table" };
        var pipeline = TargetOptions.Pipeline();
        var verb = new Verb("bench", "Measure a server or a model under load")
        {
            Examples = ["saki bench http://127.0.0.1:5254 --model resnet20 -c 1,8,32", "saki bench ./package --image photo.jpg --csv"],
        };
        verb.Add(target);
        foreach (var option in new Option[] { model, callers, rate, seconds, form, image, csv, pipeline }) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            var steps = parsed.GetRequiredValue(callers).Split(',').Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is > 0 and <= 1000 ? n
                : throw new SakiException("Reading --concurrency", "numbers from 1 to 1000 with commas", $"\"{text}\"")).ToArray();
            var picture = parsed.GetValue(image) is { } file ? ImageFiles.Read(file) : null;
            var time = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds), 0.1, 3600));
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            await using var models = new ModelRepository(new RepositoryOptions { Cache = home.Cache });
            var text = parsed.GetRequiredValue(target);
            await using var load = Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? await LoadTarget.OfServerAsync(address, parsed.GetValue(model), parsed.GetValue(form)!, picture, TrackingOptions.Token(text, home), cancel)
                : await LoadTarget.OfPlanAsync(models, models.Open(text, null, parsed.GetValue(pipeline) is { } yaml ? PipelineFile.Read(yaml) : null)[0], picture, cancel);
            await Run(load, steps, parsed.GetValue(rate), time, parsed.GetValue(csv), cancel);
            return 0;
        });
        return verb;
    }

    private static async Task Run(LoadTarget load, int[] steps, double? rate, TimeSpan time, bool csv, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        terminal.Say(load.Name);
        await LoadGenerator.ClosedAsync(load.Send, 2, TimeSpan.FromSeconds(Math.Min(1, time.TotalSeconds)), cancel);
        var results = new List<LoadResult>();
        if (rate is { } perSecond) results.Add(await LoadGenerator.OpenAsync(load.Send, perSecond, time, cancel));
        else
            foreach (var step in steps) results.Add(await LoadGenerator.ClosedAsync(load.Send, step, time, cancel));
        if (csv)
        {
            terminal.Output.WriteLine(LoadResult.CsvHead);
            foreach (var result in results) terminal.Output.WriteLine(result.Csv);
            return;
        }
        string[] heads = ["CALLERS", "OFFERED/S", "ANSWERED/S", "P50 MS", "P99 MS", "REFUSED", "FAILED"];
        var table = new TextTable(heads).Right(heads);
        foreach (var result in results)
            table.Add(result.Concurrency == 0 ? "open" : $"{result.Concurrency}", result.Offered == 0 ? "" : Number(result.Offered), Number(result.PerSecond), Number(result.P50), Number(result.P99), $"{result.Refused}", $"{result.Failed}");
        table.Write(terminal.Output);
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
