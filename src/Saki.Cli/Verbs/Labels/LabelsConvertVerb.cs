using System.CommandLine;
using Saki.Labelling.LabelStudio;
using Saki.Storage;

namespace Saki.Cli.Verbs.Labels;

/// <summary><c>saki labels convert FILE TO --config XML --format csv</c>: Label Studio's JSON in its other formats, as its own converter makes them, of any length in constant memory.</summary>
internal static class LabelsConvertVerb
{
    public static Command Create()
    {
        var from = new Argument<string>("file") { Description = "Tasks with annotations: JSON or JSON lines of Label Studio" };
        var to = new Argument<string>("to") { Description = "What to write" };
        var format = new Option<string>("--format", "-f") { Description = "json, jsonl, json-min, csv, tsv", HelpName = "FORMAT", DefaultValueFactory = _ => "csv" };
        var config = LabelsVerbs.Config();
        config.Required = true;
        var verb = new Verb("convert", "Turn Label Studio's JSON into JSON_MIN, CSV or TSV") { Examples = ["saki labels convert export.json labels.csv --config project.xml", "saki labels convert export.json min.json --config project.xml --format json-min"] };
        verb.Add(from);
        verb.Add(to);
        verb.Add(format);
        verb.Add(config);
        verb.SetAction((parsed, _) =>
        {
            var source = LabelsVerbs.Existing(parsed.GetRequiredValue(from));
            var wanted = TaskConversion.Parse(parsed.GetRequiredValue(format));
            var labels = LabelsVerbs.ReadConfig(parsed.GetValue(config))!;
            var count = 0L;
            DurableFile.Write(parsed.GetRequiredValue(to), stream => count = TaskConversion.Run(() => File.OpenRead(source), Path.GetFileName(source), labels, wanted, stream));
            Verb.Terminal.Value!.Say($"{count:N0} tasks");
            return Task.FromResult(0);
        });
        return verb;
    }
}
