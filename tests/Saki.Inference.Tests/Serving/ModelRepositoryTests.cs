using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;

namespace Saki.Inference.Tests.Serving;

public sealed class ModelRepositoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-repository-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_swap_under_traffic_fails_no_request_and_gives_the_old_model_back()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder });
        Write("m/1", bias: 1);
        Write("m/2", bias: 2);
        await models.LoadAsync(Plan(models, "m/1"));
        using var stop = new CancellationTokenSource();
        var seen = new HashSet<float>();
        var traffic = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            while (count == 0 || !stop.IsCancellationRequested)
            {
                var answer = await Ask(models, "m", 5);
                lock (seen) seen.Add(answer);
                count++;
            }
            return count;
        })).ToArray();
        for (var swap = 0; swap < 10; swap++) await models.LoadAsync(Plan(models, swap % 2 == 0 ? "m/2" : "m/1"));
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(traffic), count => Assert.True(count > 0));
        Assert.Subset(new HashSet<float> { 6, 7 }, seen);
        Assert.Single(models.Models.Single().Versions);
    }

    [Fact]
    public async Task A_model_that_does_not_load_leaves_the_old_one_answering()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder });
        Write("m/1", bias: 1);
        await models.LoadAsync(Plan(models, "m/1"));
        Directory.CreateDirectory(Path.Combine(_folder, "m/2"));
        File.WriteAllText(Path.Combine(_folder, "m/2/model.onnx"), "no model");
        await Assert.ThrowsAnyAsync<SakiException>(() => models.LoadAsync(Plan(models, "m/2")));
        Assert.Equal(6, await Ask(models, "m", 5));
    }

    [Fact]
    public async Task What_was_loaded_comes_back_after_a_restart()
    {
        var options = new RepositoryOptions { Cache = _folder, StateFile = Path.Combine(_folder, "models.json") };
        Write("m/1", bias: 1);
        Write("m/2", bias: 2);
        await using (var models = new ModelRepository(options))
        {
            File.WriteAllText(Path.Combine(_folder, "m", "config.pbtxt"), "version_policy { all {} }");
            await models.LoadAllAsync(models.Open(Path.Combine(_folder, "m")));
            await models.SetDefaultAsync("m", "1");
        }
        await using var again = new ModelRepository(options);
        await again.RestoreAsync(Assert.Fail);
        Assert.Equal(["1", "2"], again.Models.Single().Versions.Keys);
        Assert.Equal(6, await Ask(again, "m", 5));
        using var second = again.Lease("m", "2");
    }

    [Fact]
    public async Task The_default_version_is_not_unloaded_while_others_stand()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder });
        Write("m/1", bias: 1);
        Write("m/2", bias: 2);
        await models.LoadAsync(Plan(models, "m/1"), beside: true);
        await models.LoadAsync(Plan(models, "m/2"), beside: true);
        await Assert.ThrowsAsync<SakiException>(() => models.UnloadAsync("m", "1"));
        await models.UnloadAsync("m", "2");
        await models.UnloadAsync("m", "1");
        Assert.Throws<ModelNotFoundException>(() => models.Lease("m"));
    }

    [Fact]
    public async Task A_model_is_freed_when_its_last_request_is_done_and_not_before()
    {
        Write("m/1", bias: 1);
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder });
        await models.LoadAsync(Plan(models, "m/1"));
        await Ask(models, "m", 1);
        var held = models.Lease("m");
        var unload = models.UnloadAsync("m");
        Assert.False(unload.IsCompleted); // the request in progress still holds it
        held.Dispose();
        await unload;
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(async () => await held.Model.InferAsync([Rows(1)], CallOptions.Patient(default)));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("na me")]
    public void A_name_that_could_be_a_path_is_refused(string name)
    {
        Write("m/1", bias: 1);
        var source = new ModelSource(_folder);
        Assert.Throws<SakiException>(() => source.Open(Path.Combine(_folder, "m"), name));
    }

    [Fact]
    public async Task More_rows_than_a_run_takes_are_answered_in_order()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder });
        Write("m/1", bias: 1);
        using var lease = new ModelLease(await models.LoadAsync(Plan(models, "m/1")));
        Assert.True(lease.Model.TryEnter());
        var values = Enumerable.Range(0, 1000).Select(i => (float)i).ToArray();
        var outputs = await lease.Model.InferAsync([new TensorInput("x", OrtElementType.Float32, [1000, 1], MemoryMarshal.AsBytes<float>(values).ToArray())], CallOptions.Patient(default));
        Assert.Equal(values.Select(value => value + 1), MemoryMarshal.Cast<byte, float>(outputs[0].Content.Span).ToArray());
    }

    [Fact]
    public async Task Wrong_names_types_shapes_and_lengths_are_refused_before_the_model_is_asked()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder });
        Write("m/1", bias: 1);
        await models.LoadAsync(Plan(models, "m/1"));
        using var lease = models.Lease("m");
        var bytes = new byte[4];
        foreach (var wrong in new TensorInput[][]
        {
            [],
            [Rows(1), Rows(1)],
            [new("y", OrtElementType.Float32, [1, 1], bytes)],
            [new("x", OrtElementType.Int64, [1, 1], new byte[8])],
            [new("x", OrtElementType.Float32, [1, 2], new byte[8])],
            [new("x", OrtElementType.Float32, [2, 1], bytes)],
            [new("x", OrtElementType.Float32, [0, 1], default)],
            [new("x", OrtElementType.Float32, [-1, 1], bytes)],
            [new("x", OrtElementType.Float32, [long.MaxValue, 1], bytes)],
            [new("x", OrtElementType.Float32, [1_000_000, 1], "[1]"u8.ToArray(), TensorForm.Json)],
        })
            await Assert.ThrowsAsync<SakiException>(async () => await lease.Model.InferAsync(wrong, CallOptions.Patient(default)));
        Assert.Equal(0, lease.Model.Counters.Runs);
    }

    private static TensorInput Rows(int rows) => new("x", OrtElementType.Float32, [rows, 1], new byte[rows * 4]);

    private static async Task<float> Ask(ModelRepository models, string name, float x)
    {
        using var lease = models.Lease(name);
        var outputs = await lease.Model.InferAsync([new TensorInput("x", OrtElementType.Float32, [1, 1], BitConverter.GetBytes(x))], CallOptions.Patient(default));
        return MemoryMarshal.Read<float>(outputs[0].Content.Span);
    }

    private ModelPlan Plan(ModelRepository models, string version) =>
        models.Open(Path.Combine(_folder, version, "model.onnx")).Single() with { Name = "m", Version = Path.GetFileName(version) };

    // y = x + bias
    private void Write(string version, float bias)
    {
        Directory.CreateDirectory(Path.Combine(_folder, version));
        File.WriteAllBytes(Path.Combine(_folder, version, "model.onnx"), TestFiles.Graph(graph =>
        {
            var x = graph.Input("x", Onnx.TensorProto.Types.DataType.Float, Onnx.OnnxGraphBuilder.Batch, 1);
            graph.Output("y", graph.Node("Add", [x, graph.Initializer("bias", [bias], 1)]), Onnx.TensorProto.Types.DataType.Float, Onnx.OnnxGraphBuilder.Batch, 1);
        }));
    }
}
