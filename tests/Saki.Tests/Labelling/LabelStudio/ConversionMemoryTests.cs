using Saki.Labelling.LabelStudio;
using Saki.Testing;

namespace Saki.Tests.Labelling.LabelStudio;

[Collection(nameof(RunAlone))]
public class ConversionMemoryTests
{
    private const string Config = """<View><Image name="image" value="$image"/><Choices name="choice" toName="image"><Choice value="Happy"/></Choices></View>""";

    private const string Task = """{"id":1,"data":{"image":"/data/upload/1/a.png"},"annotations":[{"id":11,"completed_by":1,"result":[{"from_name":"choice","to_name":"image","type":"choices","value":{"choices":["Happy"]}}]}]}""";

    [Fact]
    public void Memory_does_not_grow_with_the_number_of_tasks()
    {
        HeldAtTheEnd(1_000);
        Assert.InRange(HeldAtTheEnd(50_000) - HeldAtTheEnd(1_000), long.MinValue, 4 << 20);
    }

    // Bytes alive when the last task has been read and the conversion still runs. A conversion may read its source twice.
    private static long HeldAtTheEnd(int tasks)
    {
        var held = 0L;
        Stream Open() => new Lines($"{Task}\n", tasks, () => held = Math.Max(held, GC.GetTotalMemory(forceFullCollection: true)));
        Assert.Equal(tasks, TaskConversion.Run(Open, "test", LabelConfig.Parse(Config), TaskFormat.Csv, Stream.Null));
        return held;
    }

    /// <summary>The same line again and again, without holding them all.</summary>
    private sealed class Lines(string text, long times, Action ended) : Stream
    {
        private readonly byte[] _line = System.Text.Encoding.UTF8.GetBytes(text);
        private long _at;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => _line.Length * times;
        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = 0;
            while (read < count && _at < Length)
            {
                var from = (int)(_at % _line.Length);
                var part = Math.Min(count - read, _line.Length - from);
                _line.AsSpan(from, part).CopyTo(buffer.AsSpan(offset + read));
                (_at, read) = (_at + part, read + part);
            }
            if (read == 0) ended();
            return read;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
