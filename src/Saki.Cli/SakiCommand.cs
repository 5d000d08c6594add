using System.CommandLine;
using System.Globalization;
using Saki.Cli.Verbs;
using Saki.Cli.Verbs.Calibrations;
using Saki.Cli.Verbs.Data;
using Saki.Cli.Verbs.Jobs;
using Saki.Cli.Verbs.Labels;
using Saki.Cli.Verbs.Loop;
using Saki.Cli.Verbs.Models;
using Saki.Cli.Verbs.Serving;
using Saki.Torch.Networks;

namespace Saki.Cli;

/// <summary>
/// The <c>saki</c> command: parses, runs one verb, and turns every outcome into an exit code
/// (0 done, 1 a check said no, 2 bad input or usage, 3 a server cannot be reached, 130 interrupted).
/// </summary>
public static class SakiCommand
{
    /// <summary>Where state lives; on every verb.</summary>
    internal static readonly Option<string?> Home = new("--home") { Description = "Folder of the state (SAKI_HOME, default ./.saki)", HelpName = "DIR", Recursive = true };

    /// <summary>One JSON document instead of text; on every verb.</summary>
    internal static readonly Option<bool> Json = new("--json") { Description = "Print JSON with stable field names", Recursive = true };

    /// <summary>No progress and no messages.</summary>
    internal static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "No progress and no messages on stderr", Recursive = true };

    /// <summary>Stack traces with errors.</summary>
    internal static readonly Option<bool> Debug = new("--debug") { Description = "Show the stack trace of an error", Recursive = true };

    /// <summary>Parses <paramref name="args"/>, runs the verb and returns the exit code.</summary>
    /// <param name="args">As typed, without the command's own name.</param>
    /// <param name="output">For data.</param>
    /// <param name="error">For messages.</param>
    /// <param name="networks">What <c>network.name</c> may name: the built-in ones and those of one's own; null for the built-in ones.</param>
    public static async Task<int> Run(IReadOnlyList<string> args, TextWriter output, TextWriter error, NetworkRegistry? networks = null)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var parsed = Build().Parse(args);
        if (parsed.Errors.Count > 0 && !parsed.Tokens.Any(t => t.Value is "--help" or "-h" or "-?")) return UsageError.Print(parsed, error);

        using var interrupt = new Interrupt(error);
        var terminal = new Terminal.Terminal(output, error, parsed.GetValue(Quiet));
        Verb.Terminal.Value = terminal;
        Verb.Networks.Value = networks ?? NetworkRegistry.BuiltIn();
        try
        {
            var invocation = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(invocation, interrupt.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return Interrupt.ExitCode;
        }
        catch (SakiException failure)
        {
            terminal.EndProgress();
            await error.WriteLineAsync($"saki: {failure.Message}").ConfigureAwait(false);
            if (parsed.GetValue(Debug)) await error.WriteLineAsync(failure.ToString()).ConfigureAwait(false);
            return failure.ExitCode;
        }
    }

    /// <summary>The whole tree of verbs, in the order of a model's life.</summary>
    internal static RootCommand Build()
    {
        var root = new RootCommand("Takes an image model through its whole life: data, training, packaging, serving.")
        {
            Home, Json, Quiet, Debug,
            DataVerbs.Create(), TrainVerb.Create(), EvaluateVerb.Create(), PackageVerb.Create(), PredictVerb.Create(),
            UpVerb.Create(), ServeVerb.Create(), ServingVerbs.Create(), TuneVerb.Create(), ProfileVerb.Create(), BenchVerb.Create(), TokensVerbs.Create(), UsersVerbs.Create(), RunsVerbs.Create(), JobsVerbs.Create(),
            ModelsVerbs.Create(), LineageVerb.Create(), LabelsVerbs.Create(), LoopVerbs.Create(), CalibrateVerb.Create(), CalibrationsVerbs.Create(), ImportVerbs.CreateImport(), ImportVerbs.CreateExport(), GcVerb.Create(), ConfigVerbs.Create(), DoctorVerb.Create(), CompletionVerb.Create(),
            ProbeModelVerb.Create(),
        };
        root.SetAction(_ => Overview.Print(root));
        Help.Use(root);
        return root;
    }
}
