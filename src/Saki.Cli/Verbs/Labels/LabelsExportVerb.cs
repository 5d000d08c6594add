using System.CommandLine;
using Saki.Datasets;
using Saki.Inference;
using Saki.Labelling;
using Saki.Labelling.LabelStudio;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Cli.Verbs.Labels;

/// <summary><c>saki labels export DATA FILE</c>: the pictures of a version as tasks of Label Studio, with their labels, and a model's answers where one is named.</summary>
internal static class LabelsExportVerb
{
    private static readonly Argument<string> Data = new("data") { Description = "NAME, NAME@DIGEST-PREFIX, either with :SPLIT" };
    private static readonly Argument<string> To = new("file") { Description = "What to write; - for stdout" };
    private static readonly Option<string> Format = new("--format", "-f") { Description = "json, jsonl, json-min, csv, tsv; config for the labelling config alone", HelpName = "FORMAT", DefaultValueFactory = _ => "json" };
    private static readonly Option<string?> Images = new("--images") { Description = "What stands before each path in the tasks, as http://host/files/; default: the pictures themselves as data:", HelpName = "PREFIX" };
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "Adds this model's answers as predictions", HelpName = "TARGET" };
    private static readonly Option<string?> Pipeline = TargetOptions.Pipeline();

    public static Command Create()
    {
        var verb = new Verb("export", "Write a version as tasks for Label Studio")
        {
            Examples = ["saki labels export faces:test tasks.json --images http://files.example/faces/ --model models:/faces/Production", "saki labels export faces config.xml --format config", "saki labels export faces labels.csv --format csv --images ''"],
        };
        verb.Add(Data);
        verb.Add(To);
        foreach (var option in (Option[])[Format, Images, Model, Pipeline]) verb.Add(option);
        verb.SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
        return verb;
    }

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        var reference = DatasetReference.Parse(parsed.GetRequiredValue(Data));
        var config = parsed.GetValue(Format) == "config";
        var format = config ? TaskFormat.Json : TaskConversion.Parse(parsed.GetRequiredValue(Format));
        using var store = new DatasetStore(home);
        var version = store.Load(reference);
        var classes = LabelConfig.ForClasses([.. version.Classes.Where(name => !Relabelling.IsUnlabelled(name))]);
        var (file, count) = (parsed.GetRequiredValue(To), 0L);
        if (config)
        {
            Write(file, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(classes)));
            return 0;
        }
        using var predictor = parsed.GetValue(Model) is { } model ? Predictor.Load(Target.Resolve(model, home, parsed.GetValue(Pipeline)).PackageFolder, cancellation: cancel) : null;
        var samples = version.Samples.Where(sample => reference.Split is not { } split || sample.Split == split);
        IEnumerable<ExportedTask> Tasks() => samples.Select(sample => ToTask(sample, version, store, predictor, parsed.GetValue(Images), cancel));
        if (format is TaskFormat.Json or TaskFormat.JsonLines) Write(file, stream => count = TaskFile.Write(Tasks(), format == TaskFormat.JsonLines, stream));
        else
        {
            // The other formats are made from the JSON, as Label Studio makes them.
            using var temporary = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, 1 << 16, FileOptions.DeleteOnClose);
            count = TaskFile.Write(Tasks(), lines: true, temporary);
            temporary.Flush();
            Write(file, stream => TaskConversion.Run(() => new FileStream(temporary.Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), "the tasks", LabelConfig.Parse(classes), format, stream));
        }
        var terminal = Verb.Terminal.Value!;
        if (file == "-") return 0;
        if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(new LabelsExportView(version.Summary.ToString(), Path.GetFullPath(file), count), LabelsJson.Default.LabelsExportView);
        else terminal.Output.WriteLine($"{version.Summary}: {count:N0} tasks in {file}");
        return 0;
    }

    private static ExportedTask ToTask(Sample sample, DatasetVersion version, DatasetStore store, Predictor? predictor, string? prefix, CancellationToken cancel)
    {
        var bytes = prefix is null || predictor is not null ? store.Read(sample) : null;
        var image = prefix is not null ? prefix + string.Join('/', sample.Path.Split('/').Select(Uri.EscapeDataString)) : DataUrl(bytes);
        var label = version.Classes[sample.Label];
        var answer = predictor?.Predict(bytes, cancellation: cancel);
        return new ExportedTask(image, version.Summary.ToString(), sample.Path, sample.Digest, Relabelling.IsUnlabelled(label) ? null : label,
            answer is null ? null : new TaskPrediction($"{answer.Model} {answer.Version}", answer.Class, answer.Probability));
    }

    private static string DataUrl(byte[]? bytes) => $"data:image/{ImageHeader.Read(bytes).Format.ToString().ToLowerInvariant()};base64,{Convert.ToBase64String(bytes!)}";

    private static void Write(string file, Action<Stream> write)
    {
        if (file != "-")
        {
            DurableFile.Write(file, write);
            return;
        }
        using var memory = new MemoryStream();
        write(memory);
        Verb.Terminal.Value!.Output.Write(System.Text.Encoding.UTF8.GetString(memory.GetBuffer(), 0, (int)memory.Length));
    }
}

/// <summary>What <c>saki labels export --json</c> prints.</summary>
internal sealed record LabelsExportView(string Version, string File, long Tasks);
