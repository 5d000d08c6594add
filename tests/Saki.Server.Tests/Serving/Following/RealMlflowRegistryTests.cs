using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Saki.Inference.Serving;
using Saki.Server.Serving.Following;
using Saki.Server.Tests.Tracking;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Serving.Following;

/// <summary>MLflow's own server as the registry: models of its flavour onnx are found by number, alias, stage and run, and an alias is followed.</summary>
public sealed class RealMlflowRegistryTests
{
    [MlflowClientFact]
    public async Task Models_of_mlflows_own_registry_are_served_and_its_alias_is_followed()
    {
        using var folder = new TemporaryFolder();
        using var mlflow = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(Repository.Root, "tests/conformance/mlflow_server.py"), Directory.CreateDirectory(folder.At("mlflow")).FullName])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONPATH"] = MlflowClient.Folder },
        })!;
        mlflow.BeginErrorReadLine();
        var address = new Uri((await mlflow.StandardOutput.ReadLineAsync())!);
        using var client = new TrackingClient(address);
        var registry = new ModelRegistryClient(client);
        var run = (await client.CreateRunAsync(new CreateRun { RunName = "logged", StartTime = 1 })).Info;
        await registry.CreateModelAsync("plus");
        foreach (var add in new[] { 1, 2 })
        {
            var place = $"{run.ArtifactUri}/model{add}";
            await client.UploadAsync(place, "MLmodel", folder.Write("MLmodel", "flavors:\n  onnx:\n    data: model.onnx\n    onnx_version: 1.17.0\n  python_function:\n    data: model.onnx\n    loader_module: mlflow.onnx\nrun_id: x\n"));
            ServingServer.WritePlus(folder.At($"plus{add}"), add);
            await client.UploadAsync(place, "model.onnx", folder.At($"plus{add}/model.onnx"));
            await registry.CreateVersionAsync(new CreateModelVersion("plus", place) { RunId = run.RunId });
        }
        await registry.SetAliasAsync("plus", "champion", "1");
        await registry.MoveAsync("plus", "2", "Staging", archiveExisting: false);

        var home = new SakiHome(folder.At("home")).EnsureWritable();
        var link = RegistryLinks.OfServer(new TrackingClient(address), home, poll: TimeSpan.FromMilliseconds(100));
        await using var models = new ModelRepository(new RepositoryOptions { Cache = home.Cache });
        models.Resolve = reference => link.FindAsync(reference, CancellationToken.None).GetAwaiter().GetResult();
        foreach (var (reference, version, name) in new[] { ("models:/plus/2", "2", "number"), ("models:/plus/Staging", "2", "stage"), ("models:/plus/latest", "2", "latest"), ($"runs:/{run.RunId}/model1", null, "run") })
        {
            var plan = models.Open(reference, name).Single();
            Assert.Equal(version ?? plan.Version, plan.Version);
            await models.LoadAsync(plan);
        }
        await models.LoadAllAsync(models.Open("models:/plus@champion"));
        await models.Changes.FollowAsync("plus", "champion", ChangedBy.Saki);
        await using var server = await RunningServer.StartAsync(new ServerOptions { Models = models, Registry = link });
        Assert.Equal(("1", 11), await AskAsync(server.Client, "plus"));
        Assert.Equal(11, (await AskAsync(server.Client, "run")).Value);
        foreach (var name in new[] { "number", "stage", "latest" }) Assert.Equal(("2", 12), await AskAsync(server.Client, name));

        await registry.SetAliasAsync("plus", "champion", "2");
        for (var i = 0; i < 600 && models.Models.First(entry => entry.Name == "plus").Default != "2"; i++) await Task.Delay(50);
        Assert.Equal(("2", 12), await AskAsync(server.Client, "plus"));
        mlflow.StandardInput.Close();
        await mlflow.WaitForExitAsync();
    }

    private static async Task<(string Version, double Value)> AskAsync(HttpClient client, string model)
    {
        using var body = new StringContent("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[10,0,0,0]}]}", Encoding.UTF8, "application/json");
        using var reply = await client.PostAsync($"/v2/models/{model}/infer", body);
        var answer = (await reply.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!;
        return ((string)answer["model_version"]!, (double)answer["outputs"]![0]!["data"]![0]!);
    }
}
