using Saki.Inference.Backends.OnnxRuntime;

namespace Saki.Inference.Tests.Backends.OnnxRuntime;

public sealed class OrtValueTests
{
    [Fact]
    public void Every_element_type_can_be_made_and_measured()
    {
        foreach (var type in Enum.GetValues<OrtElementType>())
        {
            if (type is OrtElementType.Undefined or OrtElementType.String or OrtElementType.Complex64 or OrtElementType.Complex128) continue;
            using var value = OrtValue.Allocate(type, 2, 3, 4);
            Assert.Equal(type, value.ElementType);
            Assert.Equal([2, 3, 4], value.Shape);
            Assert.Equal(BytesOf24(type), value.Bytes.Length);
            Assert.All(value.Bytes.ToArray(), b => Assert.Equal(0, b));
        }
    }

    private static int BytesOf24(OrtElementType type) => type switch
    {
        OrtElementType.UInt4 or OrtElementType.Int4 or OrtElementType.Float4E2M1 => 12,
        OrtElementType.Int64 or OrtElementType.UInt64 or OrtElementType.Float64 => 192,
        OrtElementType.Float32 or OrtElementType.Int32 or OrtElementType.UInt32 => 96,
        OrtElementType.Float16 or OrtElementType.BFloat16 or OrtElementType.Int16 or OrtElementType.UInt16 => 48,
        _ => 24,
    };

    [Fact]
    public void Texts_of_any_script_and_length_come_back()
    {
        string[] texts = ["", "plain", "Übermut", "笑顔", "😀", new string('x', 10_000)];
        using var value = OrtValue.OfStrings(texts, 2, 3);
        Assert.Equal((OrtElementType.String, 6), (value.ElementType, value.Strings().Length));
        Assert.Equal(texts, value.Strings());
        Assert.Throws<OrtException>(() => OrtValue.OfStrings(texts, 7));
        using var empty = OrtValue.OfStrings([], 0);
        Assert.Empty(empty.Strings());
    }

    [Fact]
    public void Memory_is_used_in_place_and_released_with_the_value()
    {
        var data = new float[6];
        using var value = OrtValue.Over<float>(data, 2, 3);
        data[5] = 42;
        Assert.Equal(42, value.Data<float>()[5]);
        value.Data<float>()[0] = 7;
        Assert.Equal(7, data[0]);
        value.Dispose();
        Assert.Throws<ObjectDisposedException>(() => value.Bytes.Length);
    }

    [Fact]
    public void Shapes_that_cannot_be_are_refused()
    {
        Assert.Throws<OrtException>(() => OrtValue.Over<float>(new float[5], 2, 3)); // short buffer
        Assert.Throws<OrtException>(() => OrtValue.Allocate(OrtElementType.Float32, -1));
        Assert.Throws<OrtException>(() => OrtValue.Allocate(OrtElementType.Float32, long.MaxValue, 4)); // overflow
        using var scalar = OrtValue.Allocate(OrtElementType.Float32);
        Assert.Empty(scalar.Shape);
        Assert.Equal(4, scalar.Bytes.Length);
        using var nothing = OrtValue.Allocate(OrtElementType.Float32, 0, 3);
        Assert.True(nothing.Bytes.IsEmpty);
    }

    [Fact]
    public void Bound_values_are_filled_and_read_in_place()
    {
        using var session = OrtSession.Load(TestFiles.AddOne(), null);
        using var binding = session.Bind();
        var (data, result) = (new float[] { 1, 2, 3, 4 }, new float[4]);
        using var input = OrtValue.Over<float>(data, 1, 4);
        using var output = OrtValue.Over<float>(result, 1, 4);
        binding.Input(0, input);
        binding.Output(0, output);
        binding.Run();
        Assert.Equal([2f, 3, 4, 5], result);
        data[0] = 100;
        binding.Run();
        Assert.Equal(101, result[0]);

        binding.OutputAnywhere(0);
        binding.Run();
        using var taken = Assert.Single(binding.TakeOutputs());
        Assert.Equal([101f, 3, 4, 5], taken.Data<float>().ToArray());

        binding.Clear();
        Assert.Throws<OrtException>(() => binding.Run());
    }
}
