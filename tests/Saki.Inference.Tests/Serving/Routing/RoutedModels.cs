using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Onnx;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Inference.Tests.Serving.Routing;

/// <summary>A folder with versions of one model of two classes: the larger of two numbers wins.</summary>
internal sealed class RoutedModels : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-routing-").FullName;

    public string StateFile => Path.Combine(_folder, "serving", "models.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Version 1 as default and version 2 beside it.</summary>
    /// <param name="secondLength">Numbers that the second takes; others than 2 make it fail.</param>
    /// <param name="secondFlips">True: the second always says the other class.</param>
    /// <param name="same">True: both are the same.</param>
    public async Task<ModelRepository> TwoAsync(int secondLength = 3, bool secondFlips = false, bool same = false)
    {
        Write(1, 2, 1);
        Write(2, same || secondFlips ? 2 : secondLength, secondFlips ? -1 : 1);
        var models = Open();
        await models.LoadAsync(Plan(models, 1));
        await models.LoadAsync(Plan(models, 2), beside: true);
        return models;
    }

    /// <summary>A repository that keeps its state in this folder.</summary>
    public ModelRepository Open() => new(new RepositoryOptions { Cache = _folder, StateFile = StateFile });

    public ModelPlan Plan(ModelRepository models, int version) => models.Open(Path.Combine(_folder, "m", "v", $"{version}"), "m").Single(plan => plan.Version == $"{version}");

    /// <summary>Asks the model whether <paramref name="number"/> is odd.</summary>
    public async Task<(int Class, Arm Arm)> AskAsync(ModelRepository models, int number, string? version = null, string? user = null)
    {
        using var lease = models.Lease("m", version, user);
        float[] values = [0.5f, number % 2];
        var outputs = await lease.InferAsync([new TensorInput("x", OrtElementType.Float32, [1, 2], MemoryMarshal.AsBytes<float>(values).ToArray())], CallOptions.Patient(default));
        var scores = MemoryMarshal.Cast<byte, float>(outputs[0].Content.Span);
        return (scores[0] > scores[1] ? 0 : 1, lease.Arm);
    }

    /// <summary>Waits for what happens beside the requests; fails after long.</summary>
    public async Task UntilAsync(Func<bool> happened)
    {
        for (var i = 0; i < 3000 && !happened(); i++) await Task.Delay(10);
        Assert.True(happened());
    }

    private void Write(int version, int length, float factor)
    {
        // One folder for each version, so that one is loaded at a time.
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "m", "v", $"{version}", $"{version}"));
        File.WriteAllBytes(Path.Combine(folder.FullName, "model.onnx"), TestFiles.Graph(graph =>
        {
            var x = graph.Input("x", DataType.Float, OnnxGraphBuilder.Batch, length);
            graph.Output("y", graph.Node("Mul", [x, graph.Initializer("factor", [factor], 1)]), DataType.Float, OnnxGraphBuilder.Batch, length);
        }));
    }
}
