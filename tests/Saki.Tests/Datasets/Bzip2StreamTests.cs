using System.Security.Cryptography;
using ICSharpCode.SharpZipLib.BZip2;
using Saki.Datasets;
using Saki.Testing;

namespace Saki.Tests.Datasets;

public sealed class Bzip2StreamTests
{
    private static byte[] Decompress(byte[] file)
    {
        using var stream = new Bzip2Stream(new MemoryStream(file));
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static byte[] Compress(byte[] content, int level = 1)
    {
        var file = new MemoryStream();
        using (var stream = new BZip2OutputStream(file, level) { IsStreamOwner = false }) stream.Write(content);
        return file.ToArray();
    }

    private static byte[] Noise(int length, int values, ulong seed = 1)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(values))];
    }

    // printf 'hello hello hello\n' | bzip2 -9 | xxd -p; printf '' | …; head -c 1000000 /dev/zero | …  (bzip2 1.0.8)
    [Theory]
    [InlineData("425a6839314159265359e5b5f3090000045100001040000244a00021b5180c029069c2a30bb9229c284872daf98480", "hello hello hello\n")]
    [InlineData("425a683917724538509000000000", "")]
    public void What_bzip2_wrote_is_read(string hex, string content) => Assert.Equal(content, System.Text.Encoding.ASCII.GetString(Decompress(Convert.FromHexString(hex))));

    [Theory]
    [InlineData(1, 256)]
    [InlineData(99_981, 3)]
    [InlineData(450_000, 256)]
    [InlineData(400_000, 2)]
    public void Blocks_are_given_in_order(int length, int values)
    {
        var content = Noise(length, values);
        Assert.Equal(content, Decompress(Compress(content)));
    }

    [Fact]
    public void Long_runs_are_unfolded() =>
        Assert.Equal(new byte[1_000_000], Decompress(Convert.FromHexString("425a6839314159265359" + "79d39e480007a8c040c00000020008200030cc09aa69952436a9490f17724538509079d39e48")));

    [Fact]
    public void Members_one_behind_the_other_are_one_stream()
    {
        var (first, second) = (Noise(150_000, 256), Noise(70_001, 5, 2));
        Assert.Equal([.. first, .. second], Decompress([.. Compress(first), .. Compress([]), .. Compress(second)]));
    }

    [Fact]
    public void Something_else_behind_a_member_is_damage() => Assert.Throws<InvalidDataException>(() => Decompress([.. Compress(Noise(1000, 256)), 1, 2, 3]));

    [Fact]
    public void A_block_that_holds_the_magic_number_of_a_block_is_still_one_block()
    {
        // Not even a crafted file can be made to hold it by hand, so two real segments are cut apart at a place that only looks like one.
        var scanner = new Bzip2Scanner(new MemoryStream(Compress(Noise(50_000, 256))));
        scanner.ReadMemberHeader();
        Assert.True(scanner.Next(out var block, out var isBlock));
        Assert.True(isBlock);
        var cut = (block.BitLength / 2) + 3;
        var at = block.Skip + cut;
        var first = block with { Bytes = block.Bytes[..(int)((at + 7) / 8)], BitLength = cut };
        var second = new Bzip2Segment(block.Bytes[(int)(at / 8)..], (int)(at % 8), block.BitLength - cut);

        Assert.Null(Bzip2Block.Decode(first));
        Assert.Equal(50_000, Bzip2Block.Decode(Bzip2Scanner.Join(first, second))!.Value.Length);
    }

    [Fact]
    public void Every_file_with_a_byte_changed_or_missing_is_refused()
    {
        var content = Noise(120_000, 20);
        var good = Compress(content);
        var random = new SeededRandom(5);
        for (var i = 0; i < 60; i++)
        {
            var bad = good.ToArray();
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            Assert.True(Record.Exception(() => Assert.NotEqual(content, Decompress(bad))) is InvalidDataException or EndOfStreamException or null);
            var cut = good[..random.Next(good.Length)];
            Assert.True(Record.Exception(() => Decompress(cut)) is InvalidDataException or EndOfStreamException);
        }
    }

    // bzcat publictest.csv.bz2 | sha256sum, which shared/data/README.md has too
    [SharedDataFact]
    public void A_real_file_of_30_megabytes_has_its_published_digest()
    {
        using var stream = SourceFile.Open(SharedData.At("fer2013/publictest.csv.bz2"));
        Assert.Equal("412036d077c6ec203047b2935ab14bc858d8136ee26e8db3e23023f1fc9dee08", Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
