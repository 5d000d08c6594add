using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Saki.Server.Serving;

/// <summary>Memory and a writer for one small JSON text, used again by the next on the same thread. What is written must be copied before anything is awaited.</summary>
internal sealed class JsonScratch
{
    private const int MostKept = 1 << 16;

    [ThreadStatic]
    private static JsonScratch? kept;

    private readonly ArrayBufferWriter<byte> _memory = new(1024);

    private JsonScratch() => Writer = new Utf8JsonWriter(_memory, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public Utf8JsonWriter Writer { get; }

    /// <summary>What was written, after the writer was flushed.</summary>
    public ReadOnlySpan<byte> Written => _memory.WrittenSpan;

    /// <summary>An empty one; give it back.</summary>
    public static JsonScratch Take()
    {
        var mine = kept ?? new JsonScratch();
        kept = null;
        return mine;
    }

    public void Return()
    {
        if (_memory.Capacity > MostKept) return;
        Writer.Reset();
        _memory.ResetWrittenCount();
        kept = this;
    }
}
