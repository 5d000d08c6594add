using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Server.Serving.Control;

namespace Saki.Cli.Verbs.Serving;

/// <summary>What is served, as plain tables.</summary>
internal static class ServingTables
{
    private const int PairsShown = 12;

    /// <summary>A row for each version.</summary>
    public static void List(TextWriter output, IReadOnlyList<ModelServing> models)
    {
        string[] numbers = ["INSTANCES", "PER S", "P50 MS", "P99 MS", "QUEUE"];
        var table = new TextTable("MODEL", "VERSION", "ROLE", "INSTANCES", "PER S", "P50 MS", "P99 MS", "QUEUE", "FILE").Right(numbers);
        foreach (var model in models)
            foreach (var version in model.Versions)
            {
                table.Add(model.Name, version.Version, Role(model, version), $"{version.Instances}", Number(version.Recent.PerSecond), Number(version.Recent.P50), Number(version.Recent.P99),
                    $"{version.Queued} of {version.MaxQueued}", Format.Bytes(version.FileBytes));
            }
        table.Write(output);
    }

    /// <summary>Everything that is known.</summary>
    public static void Stats(TextWriter output, ServingView view)
    {
        output.WriteLine($"{view.Cores} cores, {Format.Bytes(view.MemoryBytes)} resident");
        output.WriteLine();
        List(output, view.Models);
        output.WriteLine();
        var counts = new TextTable("MODEL", "VERSION", "ANSWERED", "REJECTED", "FAILED", "RUNS BY ROWS").Right("ANSWERED", "REJECTED", "FAILED");
        foreach (var model in view.Models)
            foreach (var version in model.Versions)
                counts.Add(model.Name, version.Version, $"{version.Answered}", $"{version.Rejected}", $"{version.Failed}", string.Join(" ", version.Batches.Take(8).Select(batch => $"{batch.Rows}×{batch.Runs}")));
        counts.Write(output);
        foreach (var model in view.Models) Compare(output, model);
        if (view.Events.Count == 0) return;
        output.WriteLine();
        var events = new TextTable("WHEN (UTC)", "WHO", "MODEL", "CHANGE", "FROM", "TO", "WHY");
        foreach (var told in view.Events.Take(10)) events.Add($"{told.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss}", told.Who, told.Model, told.Action, told.From, told.To, told.Why);
        events.Write(output);
    }

    private static void Compare(TextWriter output, ModelServing model)
    {
        if (model.Canary is { } canary)
        {
            var figures = canary.Figures;
            output.WriteLine();
            output.WriteLine(Text($"{model.Name}: canary {canary.Version} at {canary.Percent:0.##} %{(canary.Ready ? "" : ", not loaded")}"));
            var table = new TextTable("ARM", "REQUESTS", "FAILED", "P50 MS", "P95 MS").Right("REQUESTS", "FAILED", "P50 MS", "P95 MS");
            table.Add($"champion {model.Default}", $"{figures.ChampionRequests}", Format.Percent(figures.ChampionFailed), Number(figures.ChampionP50), Number(figures.ChampionP95));
            table.Add($"canary {canary.Version}", $"{figures.CanaryRequests}", Format.Percent(figures.CanaryFailed), Number(figures.CanaryP50), Number(figures.CanaryP95));
            table.Write(output);
            output.WriteLine($"differs from the champion in {Format.Percent(figures.Disagreed)} of {figures.Comparisons}");
        }
        if (model.Shadow is not { } shadow) return;
        var view = shadow.Comparison;
        output.WriteLine();
        output.WriteLine(Text($"{model.Name}: shadow {shadow.Version} at {shadow.Percent:0.##} %: {view.Agreed} of {view.Compared} agree, {view.Shed} passed over, {view.Failed} failed; p50 {Number(view.FirstP50)} and {Number(view.SecondP50)} ms"));
        var pairs = new TextTable($"CHAMPION {model.Default}", $"SHADOW {shadow.Version}", "COUNT").Right("COUNT");
        foreach (var pair in view.Pairs.OrderByDescending(pair => pair.Count).Take(PairsShown)) pairs.Add(pair.First, pair.Second, $"{pair.Count}");
        if (view.Pairs.Count > 0) pairs.Write(output);
    }

    private static string Role(ModelServing model, VersionServing version)
    {
        var roles = version.Roles.Select(role => role == "canary" ? Text($"canary {model.Canary?.Percent:0.##} %") : role == "champion" && model.Follows is { } word ? $"champion (follows {word})" : role);
        return string.Join(", ", roles);
    }

    private static string Number(double? value) => value is { } number ? number.ToString(number < 100 ? "0.00" : "0", CultureInfo.InvariantCulture) : "—";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
