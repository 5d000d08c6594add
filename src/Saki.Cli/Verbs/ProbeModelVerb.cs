using System.CommandLine;
using Saki.Inference.Serving;

namespace Saki.Cli.Verbs;

/// <summary><c>saki probe-model FILE</c>: what a server starts to try a model that nobody vouches for. Not in the help: people load models with the other verbs.</summary>
internal static class ProbeModelVerb
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The ONNX file" };
        var rows = new Option<int>("--rows") { Description = "Most rows of a run", DefaultValueFactory = _ => 32 };
        var memory = new Option<long>("--memory") { Description = "Bytes that it may take", DefaultValueFactory = _ => 2L << 30 };
        var verb = new Verb("probe-model", "Try a model within limits of memory") { Hidden = true, Examples = ["saki probe-model model.onnx"] };
        verb.Add(file);
        verb.Add(rows);
        verb.Add(memory);
        verb.SetAction(parsed => ProbeRun.Run(parsed.GetRequiredValue(file), parsed.GetValue(rows), parsed.GetValue(memory), Verb.Terminal.Value!.Output));
        return verb;
    }
}
