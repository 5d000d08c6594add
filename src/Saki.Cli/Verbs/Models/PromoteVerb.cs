using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Gates;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Models;

/// <summary><c>saki models promote NAME VERSION</c>: through the gate, whose evidence is printed; exit code 1 when it refuses.</summary>
internal static class PromoteVerb
{
    public static Command Create()
    {
        var (name, server) = (ModelsVerbs.Name(), TrackingOptions.Server());
        var version = new Argument<string>("version") { Description = "Its number" };
        var stage = new Option<string>("--stage") { Description = "Production (default) or Staging", HelpName = "STAGE", DefaultValueFactory = _ => "Production" };
        var why = new Option<string?>("--why") { Description = "The reason, for the audit", HelpName = "TEXT" };
        var force = new Option<bool>("--override") { Description = "Also when the gate says no; admins only, with --why" };
        var verb = new Verb("promote", "Move a version to a stage, through its gate") { Examples = ["saki models promote emotions 3", "saki models promote emotions 3 --override --why \"the old one is down\""] };
        verb.Add(name);
        verb.Add(version);
        foreach (var option in (Option[])[stage, why, force, server]) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var registry = RegistryServer.Of(parsed, server);
            var asked = new PromoteAsk(parsed.GetRequiredValue(name), parsed.GetRequiredValue(version), parsed.GetRequiredValue(stage), parsed.GetValue(why), parsed.GetValue(force));
            var answer = await registry.Models.PromoteAsync(asked, cancel);
            var evidence = answer.Evidence is { } digest ? await registry.Models.GetEvidenceAsync(digest, cancel) : null;
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(new PromotionView(answer.Accepted, answer.ModelVersion.CurrentStage, answer.Evidence, evidence), CliJson.Default.PromotionView);
            else Write(terminal.Output, answer, evidence);
            return answer.Accepted ? 0 : 1;
        });
        return verb;
    }

    private static void Write(TextWriter output, PromotionAnswer answer, GateEvidence? evidence)
    {
        if (evidence is not null)
        {
            var table = new TextTable("", "CHECK", "EXPECTED", "GOT");
            foreach (var line in evidence.Lines) table.Add(line.Passed ? "ok" : "NO", line.Check, line.Expected, line.Got);
            table.Write(output);
            output.WriteLine($"evidence {answer.Evidence}");
        }
        var version = answer.ModelVersion;
        output.WriteLine((answer.Accepted, evidence) switch
        {
            (false, _) => $"Refused: version {version.Version} of {version.Name} stays in {version.CurrentStage}.",
            (true, { Passed: false }) => $"Version {version.Version} of {version.Name} is in {version.CurrentStage}, against its gate.",
            _ => $"Version {version.Version} of {version.Name} is in {version.CurrentStage}.",
        });
    }
}

/// <summary>A promotion in <c>--json</c>.</summary>
/// <param name="Accepted">Whether it was moved.</param>
/// <param name="Stage">Where the version is now.</param>
/// <param name="Digest">Of the evidence; null where no gate stands.</param>
/// <param name="Evidence">What the gate found.</param>
internal sealed record PromotionView(bool Accepted, string Stage, string? Digest, GateEvidence? Evidence);
