using System.Buffers.Binary;
using System.Text;

namespace Saki.Torch.Tests;

public sealed class SafetensorsTests : TorchTest, IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("saki").FullName, "x.safetensors");

    void IDisposable.Dispose()
    {
        Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);
        Dispose();
    }

    [Fact]
    public void All_types_and_shapes_come_back_as_they_were()
    {
        var tensors = new Dictionary<string, Tensor>
        {
            ["b.bool"] = torch.tensor([true, false, true]),
            ["a.float"] = torch.randn([3, 4, 5]),
            ["scalar"] = torch.tensor([7L]).reshape([]),
            ["empty"] = torch.zeros([0, 3]),
            ["transposed"] = torch.randn([4, 6]).t(),
            ["double"] = torch.randn([2], torch.float64),
            ["bf16"] = torch.randn([5]).to(torch.bfloat16),
            ["half"] = torch.randn([5]).to(torch.float16),
            ["int"] = torch.tensor([1, -2]),
            ["byte"] = torch.tensor([(byte)200]),
        };
        Safetensors.Save(_path, tensors, new Dictionary<string, string> { ["epoch"] = "3", ["quote"] = "\"ä\n" });
        var back = Safetensors.Load(_path, out var metadata);
        Assert.Equal(tensors.Keys.Order(), back.Keys.Order());
        foreach (var (name, tensor) in tensors) Assert.True(tensor.equal(back[name]), name);
        Assert.Equal(("3", "\"ä\n"), (metadata["epoch"], metadata["quote"]));
    }

    [Fact]
    public void The_file_is_what_the_format_says()
    {
        Safetensors.Save(_path, new Dictionary<string, Tensor> { ["x"] = torch.tensor([1f, 2]) });
        var bytes = File.ReadAllBytes(_path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", Encoding.UTF8.GetString(bytes, 8, length).TrimEnd());
        Assert.Equal(0, length % 8);
        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], bytes[(8 + length)..]);
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "negative size", """{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}""" },
        { "sizes that overflow", """{"x":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}""" },
        { "sizes that overflow to the right number", """{"x":{"dtype":"F32","shape":[4611686018427387904,4,2],"data_offsets":[0,8]}}""" },
        { "more than two GiB", """{"x":{"dtype":"U8","shape":[4294967296],"data_offsets":[0,4294967296]}}""" },
        { "offsets outside", """{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""" },
        { "offsets reversed", """{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""" },
        { "negative offset", """{"x":{"dtype":"F32","shape":[4],"data_offsets":[-8,8]}}""" },
        { "length unlike shape", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""" },
        { "gap before", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""" },
        { "data that nobody names", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""" },
        { "overlap", """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""" },
        { "one name twice", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""" },
        { "unknown type", """{"x":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""" },
        { "type missing", """{"x":{"shape":[2],"data_offsets":[0,8]}}""" },
        { "fractions", """{"x":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""" },
        { "huge number", """{"x":{"dtype":"F32","shape":[1e300],"data_offsets":[0,8]}}""" },
        { "one offset", """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""" },
        { "too many dimensions", """{"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""" },
        { "not an object", "[1,2,3]" },
        { "entry not an object", """{"x":5}""" },
        { "metadata not strings", """{"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""" },
        { "not JSON", "hello" },
        { "deep nesting", """{"x":[[[[[[[[[[1]]]]]]]]]]}""" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_header_is_refused_and_leaves_nothing(string what, string header)
    {
        WriteRaw((ulong)header.Length, header, 8);
        var live = Tensor.Live;
        var refusal = Assert.Throws<SakiException>(() => Safetensors.Load(_path));
        Assert.True(refusal.Message.StartsWith($"Reading {_path} stopped. Expected ", StringComparison.Ordinal), what);
        Assert.Equal(live, Tensor.Live);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(3UL)]
    [InlineData(1000UL)]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    public void A_header_length_that_lies_is_refused(ulong length)
    {
        WriteRaw(length, """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8);
        Assert.Throws<SakiException>(() => Safetensors.Load(_path));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        Safetensors.Save(_path, new Dictionary<string, Tensor> { ["x"] = torch.randn([4]) });
        var whole = File.ReadAllBytes(_path);
        var live = Tensor.Live;
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Throws<SakiException>(() => Safetensors.Load(_path));
        }
        Assert.Equal(live, Tensor.Live);
    }

    [Fact]
    public void A_missing_file_is_told() => Assert.Throws<SakiException>(() => Safetensors.Load("/nowhere/x.safetensors"));

    private void WriteRaw(ulong length, string header, int dataBytes)
    {
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        Encoding.ASCII.GetBytes(header, bytes.AsSpan(8));
        File.WriteAllBytes(_path, bytes);
    }
}
