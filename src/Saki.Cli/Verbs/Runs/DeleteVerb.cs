using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Runs;

/// <summary><c>saki runs delete | restore</c>: marks runs, or removes them for good.</summary>
internal static class DeleteVerb
{
    public static Command Create()
    {
        var now = new Option<bool>("--now") { Description = "Remove it for good, with its artifacts, instead of marking it" };
        var (ids, server, yes, stores) = (Ids(), TrackingOptions.Server(), Confirmation.Yes(), new StoreOptions());
        var verb = new Verb("delete", "Delete runs; they can be restored until saki gc, unless --now") { Examples = ["saki runs delete 0193a5f2", "saki runs delete latest --now"] };
        verb.Add(ids);
        foreach (var option in (Option[])[now, yes, server]) verb.Add(option);
        stores.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var forGood = parsed.GetValue(now);
            await using var store = await RunLifecycle.OpenAsync(parsed, server, stores);
            var runs = parsed.GetRequiredValue(ids).Select(store.Find).ToList();
            if (forGood && !Confirmation.Ask($"Remove {(runs.Count == 1 ? $"run {runs[0]}" : $"{runs.Count} runs")} with all that was logged, for good?", parsed.GetValue(yes))) return 1;
            foreach (var run in runs) await store.DeleteAsync(run, cancel);
            var report = forGood ? await store.CollectAsync(new CollectGarbage { RunIds = runs }, cancel) : new GarbageReport();
            foreach (var run in runs) Verb.Terminal.Value!.Say(forGood ? $"{run} is gone" : $"{run} is deleted; bring it back with: saki runs restore {run}");
            foreach (var kept in report.Kept) Verb.Terminal.Value!.Say($"kept: {kept}");
            return report.Kept.Count > 0 ? 1 : 0;
        });
        return verb;
    }

    public static Command CreateRestore()
    {
        var (ids, server, stores) = (Ids(), TrackingOptions.Server(), new StoreOptions());
        var verb = new Verb("restore", "Bring deleted runs back") { Examples = ["saki runs restore 0193a5f2"] };
        verb.Add(ids);
        verb.Add(server);
        stores.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            await using var store = await RunLifecycle.OpenAsync(parsed, server, stores);
            foreach (var run in parsed.GetRequiredValue(ids).Select(store.Find).ToList())
            {
                await store.RestoreAsync(run, cancel);
                Verb.Terminal.Value!.Say($"{run} is back");
            }
        });
        return verb;
    }

    private static Argument<string[]> Ids() => new("run") { Description = "Run id; in the home folder also its first digits, or latest", Arity = ArgumentArity.OneOrMore };
}
