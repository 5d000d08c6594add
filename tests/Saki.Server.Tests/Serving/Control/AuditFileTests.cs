using System.Text.Json;
using Saki.Inference.Serving;
using Saki.Server.Serving.Control;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Serving.Control;

public sealed class AuditFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Root, "serving", "audit.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rows_are_chained_and_go_on_after_a_restart()
    {
        await new AuditFile(File).AppendAsync(Told("canary"));
        var again = new AuditFile(File);
        await again.AppendAsync(Told("rollback"));
        Assert.Equal((2, (long?)null), (again.Check().Rows, again.Check().Broken));
        var rows = System.IO.File.ReadAllLines(File).Select(line => JsonSerializer.Deserialize(line, MlflowJson.Of<AuditEntry>())!).ToList();
        Assert.Equal([1, 2], rows.Select(row => row.Number));
        Assert.Equal(["canary 2", "rollback 2"], rows.Select(row => row.Subject));
    }

    [Fact]
    public async Task A_changed_row_is_found()
    {
        var audit = new AuditFile(File);
        foreach (var action in new[] { "load", "canary", "rollback" }) await audit.AppendAsync(Told(action));
        System.IO.File.WriteAllText(File, System.IO.File.ReadAllText(File).Replace("\"anna\"", "\"otto\"", StringComparison.Ordinal));
        Assert.Equal(1, audit.Check().Broken);
    }

    [Fact]
    public async Task A_row_that_a_kill_cut_off_goes_and_the_chain_stays_whole()
    {
        var audit = new AuditFile(File);
        await audit.AppendAsync(Told("load"));
        var whole = System.IO.File.ReadAllBytes(File);
        await audit.AppendAsync(Told("canary"));
        var both = System.IO.File.ReadAllBytes(File);
        for (var cut = whole.Length; cut < both.Length; cut += 37)
        {
            System.IO.File.WriteAllBytes(File, both[..cut]);
            var again = new AuditFile(File);
            await again.AppendAsync(Told("shadow"));
            Assert.Equal((2, (long?)null), (again.Check().Rows, again.Check().Broken));
        }
    }

    private static ServingEvent Told(string action) => new() { Id = "x", Time = 1, Who = "anna", Model = "m", Version = "2", Action = action, From = "none", To = "2 at 10 %", Why = "because", Evidence = "{ \"a\": 1 }" };
}
