using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Tracking;

namespace Saki.Server.Settings;

/// <summary><c>/settings</c>: how the parts are, what takes up room, and what is kept for how long. For admins.</summary>
internal sealed class SettingsApi(ServerOptions options, RetentionSweeper sweeper, StorageUse storage, HealthReport health)
{
    private const int EventsShown = 30;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/settings", (Func<Task<IResult>>)ShowAsync).Demand(Scope.Admin);
        app.MapGet("/settings/retention", (Func<HttpContext, Task<IResult>>)RetentionAsync).Demand(Scope.Admin);
        app.MapPost("/settings/retention", (Func<HttpContext, Task<IResult>>)ChangeAsync).Demand(Scope.Admin);
    }

    private async Task<IResult> ShowAsync() => new Html<SettingsPage>(new SettingsView
    {
        Parts = await Task.Run(health.Read),
        Storage = await storage.ReadAsync(),
        Home = options.Home!.Root,
        HasAccounts = options.Tokens is not null,
    });

    private Task<IResult> RetentionAsync(HttpContext context) => RetentionAsync(context, null, null);

    private async Task<IResult> ChangeAsync(HttpContext context)
    {
        var form = await AccountsApi.FormAsync(context);
        var who = context.Caller()!.Name;
        try
        {
            var asked = Read(form);
            switch (form["do"].ToString())
            {
                case "look":
                    return await RetentionAsync(context, asked, "This is what would be removed. Nothing is saved yet.");
                case "save":
                    await sweeper.SaveAsync(who, asked);
                    return await RetentionAsync(context, null, "Saved. What is too old goes within six hours, or now.");
                case "sweep":
                    var gone = await sweeper.SweepAsync(who, context.RequestAborted);
                    storage.Forget();
                    return await RetentionAsync(context, null, gone == 0 ? "Nothing is too old." : $"{Words.Count(gone)} {(gone == 1 ? "thing" : "things")} removed; the audit below says what.");
                default:
                    throw new SakiException("Changing what is kept", "look, save or sweep", "another verb");
            }
        }
        catch (Exception refusal) when (refusal is SakiException or MlflowException)
        {
            return await RetentionAsync(context, null, null, refusal.Message);
        }
    }

    // An empty field means for good.
    private RetentionSettings Read(IFormCollection form)
    {
        var days = new Dictionary<string, int?>(StringComparer.Ordinal);
        foreach (var rule in sweeper.Rules.All)
        {
            var text = form[$"days.{rule.Key}"].ToString().Trim();
            var most = rule.Most ?? RetentionSettings.MostDays;
            days[rule.Key] = text.Length == 0 && rule.Most is null ? null : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
                : throw new SakiException($"Saving how long is kept: {rule.Title}", $"1 to {most} days{(rule.Most is null ? ", or nothing for good" : ", as people agreed to")}", $"\"{(text.Length <= 20 ? text : text[..20])}\"");
        }
        return new RetentionSettings { Days = days };
    }

    private async Task<IResult> RetentionAsync(HttpContext context, RetentionSettings? asked, string? done, string? error = null)
    {
        var settings = asked;
        try
        {
            settings ??= sweeper.File.Read();
        }
        catch (SakiException unreadable)
        {
            (settings, error) = (new RetentionSettings(), error ?? unreadable.Message);
        }
        var reach = await sweeper.LookAsync(settings, context.RequestAborted);
        return new Html<RetentionPage>(new RetentionView
        {
            Rules = [.. sweeper.Rules.All.Select(rule => new ShownRule(rule.Key, rule.Title, rule.About, rule.Noun, rule.Most, RetentionFile.Days(settings, rule.Key, rule.Usual), reach[rule.Key].Items, reach[rule.Key].Bytes))],
            Events = sweeper.Events(EventsShown),
            Done = done,
            Error = error,
            Unsaved = asked is not null,
        }, error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }
}

/// <summary>What the first page of the settings shows.</summary>
public sealed record SettingsView
{
    /// <summary>All parts.</summary>
    public required IReadOnlyList<PartHealth> Parts { get; init; }

    /// <summary>Null while it is being counted.</summary>
    public StorageReport? Storage { get; init; }

    /// <summary>The home folder.</summary>
    public required string Home { get; init; }

    /// <summary>Whether people sign in.</summary>
    public required bool HasAccounts { get; init; }
}

/// <summary>A rule with what it would remove now.</summary>
public sealed record ShownRule(string Key, string Title, string About, string Noun, int? Most, int? Days, long Items, long? Bytes);

/// <summary>What the page about keeping shows.</summary>
public sealed record RetentionView
{
    /// <summary>All rules.</summary>
    public required IReadOnlyList<ShownRule> Rules { get; init; }

    /// <summary>What was changed and removed, the newest first.</summary>
    public required IReadOnlyList<SettingsEvent> Events { get; init; }

    /// <summary>What happened just now.</summary>
    public string? Done { get; init; }

    /// <summary>Why it did not happen.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the days shown are not saved.</summary>
    public bool Unsaved { get; init; }
}
