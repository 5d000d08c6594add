using System.Text.Json;
using Saki.Tracking;

namespace Saki.Tests.Tracking;

public sealed class RunFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("saki-runs");

    private RunStore Store => new(new SakiHome(_folder.FullName), TimeProvider.System);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_run_reads_back_as_it_was_logged()
    {
        using var log = Store.Create(new CreateRun { RunName = "first", UserId = "me", Tags = [new Tag("a", "1")] });
        log.LogParams([new Param("lr", "0.1")]);
        log.LogMetric("loss", 2, 0);
        log.LogMetrics([("loss", 1.5), ("acc", double.NaN)], 1);
        log.SetTag("a", "2");
        log.End(RunStatus.Finished);

        var run = Assert.Single(Store.Folders()).Read();
        Assert.Equal((log.RunId, "first", RunStatus.Finished), (run.Info.RunId, run.Info.RunName, run.Info.Status));
        Assert.True(run.Info.EndTime >= run.Info.StartTime);
        Assert.Equal([("acc", double.NaN, 1L), ("loss", 1.5, 1L)], run.Data.Metrics.Select(x => (x.Key, x.Value, x.Step)));
        Assert.Equal([2, 1.5], log.Folder.History("loss").Select(x => x.Value));
        Assert.Equal("0.1", Assert.Single(run.Data.Params).Value);
        Assert.Equal("2", run.Data.Tags.Single(x => x.Key == "a").Value);
        Assert.Equal("first", run.Data.Tags.Single(x => x.Key == "mlflow.runName").Value);
    }

    [Fact]
    public void A_torn_last_line_is_not_read_and_logging_goes_on_behind_it()
    {
        var log = Store.Create(new CreateRun());
        log.LogMetric("loss", 1, 1);
        log.LogMetric("loss", 2, 2);
        log.End(RunStatus.Killed);
        var file = Path.Combine(log.Folder.Path, "metrics.jsonl");
        var whole = File.ReadAllBytes(file);
        var first = Array.IndexOf(whole, (byte)'\n') + 1;
        for (var cut = first + 1; cut < whole.Length - 1; cut++)
        {
            File.WriteAllBytes(file, whole[..cut]);
            Assert.Equal([1.0], log.Folder.History().Select(x => x.Value));
        }

        using var again = Store.Resume(log.RunId[..8]);
        again.LogMetric("loss", 3, 2);
        Assert.Equal([1.0, 3.0], again.Folder.History().Select(x => x.Value));
        Assert.Equal(RunStatus.Running, again.Folder.Read().Info.Status);
    }

    [Fact]
    public void A_param_is_written_once_and_a_refused_batch_leaves_nothing()
    {
        using var log = Store.Create(new CreateRun());
        log.LogParams([new Param("lr", "0.1"), new Param("lr", "0.1")]);
        var batch = new LogBatch { RunId = log.RunId, Params = [new Param("lr", "0.2")], Metrics = [new Metric("m", 1, 1)], Tags = [new Tag("t", "x")] };

        Assert.Contains("Changing param values is not allowed", Assert.Throws<SakiException>(() => log.Log(batch)).Message, StringComparison.Ordinal);
        Assert.Throws<SakiException>(() => log.LogMetric("../x", 1));
        Assert.Throws<SakiException>(() => log.LogMetric("", 1));
        Assert.Empty(log.Folder.History());
        Assert.DoesNotContain(log.Folder.Read().Data.Tags, x => x.Key == "t");
    }

    [Fact]
    public void A_run_left_without_an_end_is_failed_and_unknown_ids_are_told()
    {
        Store.Create(new CreateRun()).Dispose();

        Assert.Equal(RunStatus.Failed, Assert.Single(Store.Folders()).Read().Info.Status);
        Assert.Throws<SakiException>(() => Store.Find("0123"));
        Assert.Throws<SakiException>(() => Store.Find("../../etc"));
    }

    [Fact]
    public void Json_has_the_names_and_forms_of_mlflow()
    {
        var run = new RunInfo { RunId = "ab", RunName = "n", StartTime = 5 };
        Assert.Equal("""{"run_id":"ab","run_uuid":"ab","run_name":"n","experiment_id":"0","user_id":"","status":"RUNNING","start_time":5,"artifact_uri":"","lifecycle_stage":"active"}""", JsonSerializer.Serialize(run, MlflowJson.Default.RunInfo));
        Assert.Equal("""{"key":"m","value":"-Infinity","timestamp":7,"step":-1}""", JsonSerializer.Serialize(new Metric("m", double.NegativeInfinity, 7, -1), MlflowJson.Default.Metric));
        Assert.Equal(new Metric("m", 0.5, 7, 2), JsonSerializer.Deserialize("""{"key":"m","value":0.5,"timestamp":"7","step":"2","unknown":1}""", MlflowJson.Default.Metric));
    }
}
