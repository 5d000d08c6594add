using System.Text;
using Saki.Datasets;

namespace Saki.Tests.Datasets;

/// <summary>The pickles are written as Python 2's cPickle wrote the official ones (protocol 2): <c>pickletools.dis</c> of data_batch_1 shows these instructions.</summary>
public sealed class Cifar10PythonReaderTests : IDisposable
{
    private static readonly string[] Names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private static byte[] Pixels(int record) => [.. Enumerable.Range(0, 3072).Select(i => (byte)((i / 5) + record))];

    private static byte[] Short(string text) => [(byte)'U', (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Batch(params byte[] labels)
    {
        byte[] data = [.. labels.SelectMany((_, i) => Pixels(i))];
        byte[] array =
        [
            .. "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK"u8, 0, 0x85, .. Short("b"), 0x87, (byte)'R',
            (byte)'(', (byte)'K', 1, (byte)'K', (byte)labels.Length, (byte)'M', 0, 12, 0x86, .. "cnumpy\ndtype\n"u8, .. Short("u1"), (byte)'K', 0, (byte)'K', 1, 0x87, (byte)'R',
            (byte)'(', (byte)'K', 3, .. Short("|"), .. "NNN"u8, (byte)'J', 255, 255, 255, 255, (byte)'J', 255, 255, 255, 255, (byte)'K', 0, (byte)'t', (byte)'b',
            0x89, (byte)'T', .. BitConverter.GetBytes(data.Length), .. data, (byte)'t', (byte)'b',
        ];
        return [0x80, 2, .. "}("u8, .. Short("data"), .. array, .. Short("labels"), .. "]("u8, .. labels.SelectMany(label => new[] { (byte)'K', label }), .. "eu."u8];
    }

    private static byte[] Meta() => [0x80, 2, .. "}"u8, .. Short("label_names"), .. "]("u8, .. Names.SelectMany(Short), .. "es."u8];

    private string Folder(byte[] batch)
    {
        _import.Folder.Write("python/batches.meta", Meta());
        _import.Folder.Write("python/data_batch_1", batch);
        return _import.Folder.At("python");
    }

    private string Refused(byte[] batch)
    {
        var message = Assert.Throws<SakiException>(() => _import.Run(Folder(batch))).Message;
        Assert.Empty(_import.Store.List());
        return message;
    }

    [Fact]
    public void The_python_and_the_binary_version_are_the_same_data()
    {
        _import.Folder.Write("binary/batches.meta.txt", string.Join('\n', Names));
        _import.Folder.Write("binary/data_batch_1.bin", [3, .. Pixels(0), 7, .. Pixels(1)]);

        var python = _import.Run(Folder(Batch(3, 7))).Version;

        Assert.Equal(_import.Run(_import.Folder.At("binary")).Version.Digest, python.Digest);
        Assert.Equal(Names, python.Classes);
    }

    [Fact]
    public void A_label_out_of_range_is_named() => Assert.Contains("a label from 0 to 9, got 10 in record 1", Refused(Batch(3, 10)));

    [Fact]
    public void A_batch_that_names_a_callable_is_refused_by_its_name() =>
        Assert.Contains("asks to run posix.system", Refused([0x80, 2, .. "cposix\nsystem\n"u8, .. Short("touch /tmp/pwned"), 0x85, (byte)'R', (byte)'.']));

    [Fact]
    public void A_batch_cut_short_is_refused() => Assert.Contains("ends too early", Refused(Batch(3, 7)[..^100]));
}
