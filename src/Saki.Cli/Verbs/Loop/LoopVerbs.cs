using System.CommandLine;
using Saki.Loop;

namespace Saki.Cli.Verbs.Loop;

/// <summary><c>saki loop …</c>: how registered models keep themselves good.</summary>
internal static class LoopVerbs
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(45); // a look may wait for a gate that measures

    public static Command Create() => new("loop", "Let models retrain, prove and roll out themselves, by a policy")
    {
        Show(), Run(), Answer("approve", "Say yes to what a loop asks", yes: true), Answer("deny", "Say no to what a loop asks: the round ends, the champion stays", yes: false), Policy(),
    };

    private static Verb Show()
    {
        var model = new Argument<string?>("model") { Description = "A registered model (default: all with a policy)", Arity = ArgumentArity.ZeroOrOne };
        return Make("show", "Show where loops stand and what they would do", ["saki loop show", "saki loop show emotions --json"], [model], [], async (parsed, loop, cancel) =>
        {
            var terminal = Verb.Terminal.Value!;
            IReadOnlyList<LoopView> loops = parsed.GetValue(model) is { } name ? [await loop.GetAsync(name, cancel)] : await loop.AllAsync(cancel);
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(new LoopList(loops), LoopJson.Default.LoopList);
            else if (loops.Count == 0) terminal.Say("No model has a policy for its loop. Set one with: saki loop policy NAME FILE (docs/reference/loop.md)");
            else foreach (var one in loops) Write(terminal, one);
        });
    }

    private static Verb Run()
    {
        var model = new Argument<string>("model") { Description = "A registered model with a policy" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be done, and why" };
        return Make("run", "Look now instead of in a few seconds, and do what the policy says", ["saki loop run emotions", "saki loop run emotions --dry-run"], [model], [dryRun], async (parsed, loop, cancel) =>
            Done(parsed, await loop.LookAsync(parsed.GetRequiredValue(model), parsed.GetValue(dryRun), cancel)));
    }

    private static Verb Answer(string name, string description, bool yes)
    {
        var model = new Argument<string>("model") { Description = "The model whose loop asks" };
        var why = new Option<string?>("--why") { Description = "The reason, for the audit", HelpName = "TEXT" };
        return Make(name, description, [$"saki loop {name} emotions --why \"looked at 20 pictures\""], [model], [why], async (parsed, loop, cancel) =>
            Done(parsed, await loop.AnswerAsync(parsed.GetRequiredValue(model), yes, parsed.GetValue(why) ?? "", cancel)));
    }

    private static Verb Policy()
    {
        var model = new Argument<string>("model") { Description = "A registered model" };
        var file = new Argument<FileInfo?>("file") { Description = "The policy, YAML (default: print the one in force)", Arity = ArgumentArity.ZeroOrOne };
        var remove = new Option<bool>("--remove") { Description = "Have no policy: the loop stops" };
        return Make("policy", "Print or set a model's policy", ["saki loop policy emotions", "saki loop policy emotions loop.yaml"], [model, file], [remove], async (parsed, loop, cancel) =>
        {
            var name = parsed.GetRequiredValue(model);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(remove))
            {
                await loop.SetPolicyAsync(name, null, cancel);
                terminal.Say($"{name} has no policy for its loop any more.");
            }
            else if (parsed.GetValue(file) is { } source)
            {
                if (!source.Exists) throw new SakiException("Setting the policy", "a file", $"\"{source}\"", "Correct the path.");
                if (source.Length > LoopPolicy.Longest) throw new SakiException("Setting the policy", $"at most {LoopPolicy.Longest:N0} bytes", $"{source.Length:N0}");
                Done(parsed, await loop.SetPolicyAsync(name, await File.ReadAllTextAsync(source.FullName, cancel), cancel));
            }
            else
            {
                terminal.Output.Write((await loop.GetAsync(name, cancel)).Policy ?? "");
            }
        });
    }

    private static Verb Make(string name, string description, string[] examples, Argument[] arguments, Option[] options, Func<ParseResult, LoopClient, CancellationToken, Task> action)
    {
        var server = TrackingOptions.Server();
        var verb = new Verb(name, description) { Examples = examples };
        foreach (var argument in arguments) verb.Add(argument);
        foreach (var option in options) verb.Add(option);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var loop = new LoopClient(TrackingOptions.Api(parsed, server, Patience));
            await action(parsed, loop, cancel);
        });
        return verb;
    }

    private static void Done(ParseResult parsed, LoopView view)
    {
        var terminal = Verb.Terminal.Value!;
        if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(view, LoopJson.Default.LoopView);
        else Write(terminal, view);
    }

    private static void Write(Terminal.Terminal terminal, LoopView view)
    {
        var output = terminal.Output;
        output.WriteLine($"{view.Model}: {Word(view.State.Step)}{(view.State.Round > 0 ? $", round {view.State.Round}" : "")}; version {(view.Champion is { } champion ? $"{champion} is in Production" : "none in Production")}{(view.State.Challenger is { } challenger ? $", challenger {challenger}" : "")}");
        if (view.Problem is { } problem) output.WriteLine($"  problem: {problem}");
        if (view.Question is { } question) output.WriteLine($"  asks: may version {view.State.Challenger} go into {question}? saki loop approve {view.Model}, or deny");
        if (view.Decision is not { } decision) return;
        output.WriteLine($"  next: {decision.Action}. {decision.Why}");
        foreach (var line in decision.Lines) output.WriteLine($"    {(line.Passed ? "yes" : "no "),-4} {line.Check}: {line.Expected}; got {line.Got}");
    }

    private static string Word(LoopStep step) => step switch
    {
        LoopStep.Idle => "waits for a reason",
        LoopStep.Training => "trains",
        LoopStep.Proving => "is proven",
        LoopStep.Staging => "in Staging",
        LoopStep.Canary => "canary",
        LoopStep.Production => "before Production",
        _ => "is watched",
    };
}
