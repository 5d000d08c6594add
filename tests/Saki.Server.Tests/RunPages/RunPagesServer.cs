using System.Globalization;
using System.Text.Json;
using AngleSharp.Html.Dom;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.RunPages;

/// <summary>What tests of the pages log through MLflow's API, and how they read pages.</summary>
internal static class RunPagesServer
{
    /// <summary>A name that would run a script wherever it is pasted into a page, in each of the ways to do that.</summary>
    public const string Payload = "<img src=x onerror=alert(1)>\"'`--></script><script>alert(2)</script>\u202E";

    /// <summary>A run with two settings, a note and a loss that falls over ten steps; finished unless <paramref name="running"/>.</summary>
    public static async Task<string> LogRunAsync(this MlflowServer server, string name, double accuracy, long start = 1000, bool running = false, string experiment = "0")
    {
        var created = await server.PostAsync("runs/create", JsonSerializer.Serialize(new { experiment_id = experiment, start_time = start, run_name = name }));
        var id = (string)created["run"]!["info"]!["run_id"]!;
        await server.PostAsync("runs/log-batch", JsonSerializer.Serialize(new
        {
            run_id = id,
            metrics = Enumerable.Range(0, 10).SelectMany(step => new[]
            {
                new { key = "val_acc", value = accuracy * (step + 1) / 10, timestamp = start + step, step },
                new { key = "loss", value = 1.0 / (step + 1), timestamp = start + step, step },
            }),
            @params = new[] { new { key = "lr", value = accuracy.ToString("R", CultureInfo.InvariantCulture) }, new { key = "network", value = "vgg" } },
            tags = new[] { new { key = "note", value = name } },
        }));
        if (!running) await server.PostAsync("runs/update", JsonSerializer.Serialize(new { run_id = id, status = "FINISHED", end_time = start + 5000 }));
        return id;
    }

    public static async Task<IHtmlDocument> PageAsync(this MlflowServer server, string path)
    {
        using var reply = await server.Client.VisitAsync(path);
        Assert.True(reply.IsSuccessStatusCode, $"{path}: {(int)reply.StatusCode}");
        return await reply.PageAsync();
    }

    /// <summary>The names in the table, in its order.</summary>
    public static IReadOnlyList<string> Names(this IHtmlDocument page) => [.. page.QuerySelectorAll("tr[data-run] th").Select(cell => cell.TextContent.Trim())];
}
