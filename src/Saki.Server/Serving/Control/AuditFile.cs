using System.Text;
using System.Text.Json;
using Saki.Inference.Serving;
using Saki.Server.Registry.Audit;
using Saki.Tracking;

namespace Saki.Server.Serving.Control;

/// <summary>
/// The audit of a server without a registry: a line of JSON for each change, chained as the registry's rows are. Only ever appended to; a row is on disk when it is told to
/// be. One writer at a time.
/// </summary>
internal sealed class AuditFile
{
    private readonly string _path;
    private long _rows;
    private string _head = AuditChain.Start;

    /// <summary>Opens or makes it. A last line that a kill cut off was never told to be there, and goes.</summary>
    /// <exception cref="SakiException">It cannot be read or written.</exception>
    public AuditFile(string path)
    {
        _path = path;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path)) return;
        CutTorn(path);
        foreach (var row in Read())
            if (row is not null) (_rows, _head) = (row.Number, row.Hash);
    }

    /// <summary>Appends a change.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public Task AppendAsync(ServingEvent told)
    {
        var row = ServingAudit.Row(told) with { Number = _rows + 1 };
        if (told.Evidence.Length > 0) row = row with { Why = $"{row.Why} (figures: {string.Join(' ', told.Evidence.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))})" };
        row = row with { Hash = AuditChain.HashOf(_head, row) };
        var line = JsonSerializer.SerializeToUtf8Bytes(row, MlflowJson.Of<AuditEntry>());
        using (var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read))
        {
            file.Write([.. line, (byte)'\n']);
            file.Flush(flushToDisk: true);
        }
        (_rows, _head) = (row.Number, row.Hash);
        return Task.CompletedTask;
    }

    /// <summary>Reads all rows and computes each hash again.</summary>
    public AuditCheck Check()
    {
        var (rows, head) = (0L, AuditChain.Start);
        foreach (var row in Read())
        {
            if (row is null || row.Number != rows + 1) return new AuditCheck(rows, head, rows + 1, "the row is missing");
            if (AuditChain.HashOf(head, row) != row.Hash) return new AuditCheck(rows, head, row.Number, "its values or the hash before it are not those that were written");
            (rows, head) = (row.Number, row.Hash);
        }
        return new AuditCheck(rows, head);
    }

    // Null for a line that is no row.
    private IEnumerable<AuditEntry?> Read()
    {
        if (!File.Exists(_path)) yield break;
        foreach (var line in File.ReadLines(_path, Encoding.UTF8)) yield return Parse(line);
    }

    private static AuditEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, MlflowJson.Of<AuditEntry>());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void CutTorn(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var end = file.Length;
        for (; end > 0; end--)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n') break;
        }
        if (end == file.Length) return;
        file.SetLength(end);
        file.Flush(flushToDisk: true);
    }
}
