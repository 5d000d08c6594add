using System.CommandLine;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json.Serialization;
using Saki.Engines;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Torch;
using Saki.Vision;

namespace Saki.Cli.Verbs;

/// <summary><c>saki doctor</c>: engines, versions, where they were found, threads, SIMD, GPU, and what to type for what is missing. Exit code 1 when something needed is absent.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var verb = new Verb("doctor", "Check the engines and say what to type for what is missing") { Examples = ["saki doctor", "saki doctor --json"] };
        verb.SetAction(parsed => Run(parsed.GetValue(SakiCommand.Json)));
        return verb;
    }

    private static int Run(bool json)
    {
        var terminal = Verb.Terminal.Value!;
        var engines = (List<EngineReport>)[.. VisionEngines.Describe(), OrtEngine.Describe(), TorchEngine.Describe()];
        var report = new DoctorReport(
            typeof(SakiException).Assembly.GetName().Version!.ToString(3), Environment.Version.ToString(), RuntimeInformation.OSDescription,
            Environment.ProcessorCount, Simd(), SakiHome.Find(null).Root, engines, engines.All(e => e.Found || !e.Needed));
        if (json) terminal.WriteJson(report, DoctorJson.Default.DoctorReport);
        else Write(terminal.Output, report);
        return report.Healthy ? 0 : 1;
    }

    private static void Write(TextWriter output, DoctorReport report)
    {
        output.WriteLine($"saki {report.Saki} · .NET {report.Dotnet} · {report.System}");
        output.WriteLine($"{report.Processors} processors · SIMD {report.Simd} · home {report.Home}");
        foreach (var engine in report.Engines)
        {
            output.WriteLine();
            output.WriteLine($"{(engine.Found ? "✓" : engine.Needed ? "✗" : "○")} {engine.Engine} {(engine.Found ? engine.Version : engine.Needed ? "is missing" : "is missing; only some work needs it")}".TrimEnd());
            if (engine.Path is not null) output.WriteLine($"    {engine.Path}");
            foreach (var fact in engine.Facts) output.WriteLine($"    {fact}");
            if (!engine.Found && engine.Fix is not null) output.WriteLine($"    type: {engine.Fix}");
        }
        output.WriteLine();
        output.WriteLine(report.Healthy ? "Everything that is needed is here." : "Something needed is missing: type the lines above.");
    }

    private static string Simd() =>
        Vector512.IsHardwareAccelerated ? "512 bit" : Vector256.IsHardwareAccelerated ? "256 bit" : Vector128.IsHardwareAccelerated ? "128 bit" : "none";
}

/// <summary>What <c>saki doctor --json</c> prints.</summary>
internal sealed record DoctorReport(
    string Saki, string Dotnet, string System, int Processors, string Simd, string Home, IReadOnlyList<EngineReport> Engines, bool Healthy);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
