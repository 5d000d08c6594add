using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Testing;

namespace Saki.Inference.Tests.Serving;

[Collection(nameof(RunAlone))]
public sealed class HotPathTests
{
    [Fact]
    public async Task An_answer_costs_little_garbage_beside_its_own_numbers()
    {
        using var folder = new TemporaryFolder();
        await using var models = new ModelRepository(new RepositoryOptions { Cache = folder.At("cache") });
        var model = await models.LoadAsync(models.Open(folder.Write("add.onnx", TestFiles.AddOne()))[0]);
        TensorInput[] inputs = [new("x", OrtElementType.Float32, [1, 4], new byte[16])];
        for (var i = 0; i < 200; i++) await Ask();
        const int calls = 500;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < calls; i++) await Ask(); // nothing waits: answered on this very thread
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / calls, 0, 1500);

        ValueTask<IReadOnlyList<TensorOutput>> Ask() => model.InferAsync(inputs, CallOptions.Patient(CancellationToken.None));
    }
}
