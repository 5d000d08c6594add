using System.Net;
using Saki.Server.Tests.Jobs;
using Saki.Server.Tests.Tracking;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.RunPages;

public sealed class RunStopTests
{
    [Fact]
    public async Task A_running_run_can_be_asked_to_stop_and_its_page_says_so()
    {
        await using var server = await MlflowServer.StartAsync();
        var run = await server.LogRunAsync("net", 0.5, running: true);
        var page = await server.PageAsync($"/runs/{run}");
        Assert.Contains("cannot end it", page.QuerySelector("#confirm")!.TextContent, StringComparison.Ordinal);
        await StopAsync(server, run);
        page = await server.PageAsync($"/runs/{run}");
        Assert.Null(page.QuerySelector("#confirm"));
        Assert.StartsWith("Asked to stop", page.QuerySelector("#stop")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_run_has_no_stop_and_is_not_marked()
    {
        await using var server = await MlflowServer.StartAsync();
        var run = await server.LogRunAsync("net", 0.5);
        Assert.Null((await server.PageAsync($"/runs/{run}")).QuerySelector("#stop"));
        await StopAsync(server, run);
        Assert.DoesNotContain(SakiTags.Stop, (await server.GetAsync($"runs/get?run_id={run}")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_training_hears_it_and_does_not_hear_it_again_when_it_goes_on()
    {
        await using var server = await MlflowServer.StartAsync();
        using var folder = new TemporaryFolder();
        using var client = new TrackingClient(server.Address);
        var store = new RunStore(new SakiHome(folder.Root), TimeProvider.System);
        string id;
        using (var log = store.Create(new CreateRun { RunName = "net" }))
        {
            await using var mirror = RunMirror.Start(client, log.Folder, TimeProvider.System);
            await UntilAsync(() => Task.FromResult(mirror.ServerRunId is not null));
            await StopAsync(server, mirror.ServerRunId!);
            await UntilAsync(() => Task.FromResult(mirror.StopAsked.IsCancellationRequested));
            id = log.RunId;
            log.End(RunStatus.Killed);
        }
        using var again = store.Resume(id);
        await using var second = RunMirror.Start(client, again.Folder, TimeProvider.System);
        await UntilAsync(async () => !(await client.GetRunAsync(second.ServerRunId!)).Data.Tags.Any(tag => tag.Key == SakiTags.Stop));
        Assert.False(second.StopAsked.IsCancellationRequested);
    }

    [Fact]
    public async Task A_run_of_a_job_is_stopped_through_its_job()
    {
        await using var server = await JobsServer.StartAsync();
        var created = await server.CallAsync(HttpMethod.Post, "/api/2.0/mlflow/runs/create", """{"experiment_id":"0","start_time":1}""");
        var run = (string)created["run"]!["info"]!["run_id"]!;
        server.AddKind("logs", $"echo {run} > \"$SAKI_JOB_FOLDER/run\"; exec sleep 60");
        var job = await server.SubmitAsync("logs");
        await UntilAsync(async () => (string?)(await server.GetAsync(job))["run_id"] == run);
        using var reply = await server.Client.PostAsync($"/runs/{run}/stop", new FormUrlEncodedContent([]));
        await server.UntilAsync(job, "cancelled");
        Assert.DoesNotContain(SakiTags.Stop, (await server.CallAsync(HttpMethod.Get, $"/api/2.0/mlflow/runs/get?run_id={run}")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_runs_are_counted_for_the_view_that_is_open()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.LogRunAsync("first", 0.5);
        var address = (await server.PageAsync("/runs?filter=metrics.val_acc%20%3E%200.4")).QuerySelector("#fresh")!.GetAttribute("data-new")!;
        Assert.Equal("0", await server.Client.GetStringAsync(address));
        await server.LogRunAsync("good", 0.9);
        await server.LogRunAsync("bad", 0.1);
        Assert.Equal("1", await server.Client.GetStringAsync(address));
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Client.GetAsync("/runs/new?since=x")).StatusCode);
    }

    private static async Task StopAsync(MlflowServer server, string run)
    {
        using var reply = await server.Client.PostAsync($"/runs/{run}/stop", new FormUrlEncodedContent([]));
        Assert.True(reply.StatusCode is HttpStatusCode.SeeOther or HttpStatusCode.OK, $"{(int)reply.StatusCode}");
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 300 && !await holds(); i++) await Task.Delay(100);
        Assert.True(await holds());
    }
}
