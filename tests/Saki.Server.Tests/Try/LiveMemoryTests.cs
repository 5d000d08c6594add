using Saki.Testing;

namespace Saki.Server.Tests.Try;

[Collection(nameof(RunAlone))] // looks at the memory of the whole process
public sealed class LiveMemoryTests
{
    [Fact]
    public async Task Memory_is_flat_over_thousands_of_frames()
    {
        await using var server = await LiveTests.StartAsync();
        using var socket = await LiveTests.OpenAsync(server);
        for (var i = 0; i < 300; i++) await LiveTests.AskAsync(socket, TestModel.OtherFace);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 3000; i++) await LiveTests.AskAsync(socket, TestModel.OtherFace);
        // A frame is 4 kB and its decoded picture 27 kB: had anything of each stayed, it would be 12 MB at least.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 3_000_000);
    }
}
