using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;

namespace Saki.Inference.Tests.Tensors;

public sealed class JsonTensorTests
{
    [Fact]
    public void Every_float_reads_back_to_its_bits() => Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), bits =>
    {
        var values = bits.Select(BitConverter.Int32BitsToSingle).Where(float.IsFinite).ToArray();
        var json = Encoding.UTF8.GetBytes($"[{string.Join(", ", values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}]");
        Assert.Equal(values, Floats(json, values.Length));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_double_text_gives_what_the_framework_reads() => Prop.ForAll(ArbMap.Default.ArbFor<NormalFloat[]>(), numbers =>
    {
        var texts = numbers.SelectMany(number => new[] { number.Get.ToString("R", CultureInfo.InvariantCulture), number.Get.ToString("F8", CultureInfo.InvariantCulture) }).ToArray();
        var json = Encoding.UTF8.GetBytes($"[[{string.Join("],[", texts)}]]");
        var bytes = new byte[texts.Length * 8];
        if (texts.Length > 0) JsonTensor.Read(json, OrtElementType.Float64, bytes);
        Assert.Equal(texts.Select(text => double.Parse(text, CultureInfo.InvariantCulture)), MemoryMarshal.Cast<byte, double>(bytes).ToArray());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Long_numbers_near_the_border_of_two_floats_round_as_the_nearest_double_does()
    {
        var random = new SeededRandom(1);
        var texts = new List<string>();
        for (var i = 0; i < 20_000; i++)
        {
            var low = MathF.ScaleB((float)random.NextDouble(), random.Next(80) - 20);
            var border = (low + (double)MathF.BitIncrement(low)) / 2;
            var near = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(border) + random.Next(25) - 12);
            foreach (var form in new[] { "R", "E16", "E18", "F17" }) texts.Add((random.Next(2) == 0 ? near : low).ToString(form, CultureInfo.InvariantCulture));
        }
        var json = Encoding.UTF8.GetBytes($"[{string.Join(",", texts)}]");
        Assert.Equal(texts.Select(text => (float)double.Parse(text, CultureInfo.InvariantCulture)), Floats(json, texts.Count));
    }

    [Theory]
    [InlineData("[1,2]", 3)]
    [InlineData("[1,2,3,4]", 3)]
    [InlineData("[1,2,\"3\"]", 3)]
    [InlineData("[1,2,NaN]", 3)]
    [InlineData("[1,2,1e999]", 3)]
    [InlineData("[1,2,0x10]", 3)]
    [InlineData("[1,2,-]", 3)]
    [InlineData("[1,2,1e]", 3)]
    [InlineData("[1,2,null]", 3)]
    public void What_is_no_such_array_is_refused(string json, int count) => Assert.ThrowsAny<SakiException>(() => Floats(Encoding.UTF8.GetBytes(json), count));

    [Theory]
    [InlineData("[300]")]
    [InlineData("[-1]")]
    [InlineData("[1.5]")]
    public void A_number_that_the_type_cannot_hold_is_refused(string json) => Assert.Throws<SakiException>(() => JsonTensor.Read(Encoding.UTF8.GetBytes(json), OrtElementType.UInt8, new byte[1]));

    [Theory]
    [InlineData("[1,2,3]", new long[] { 3 })]
    [InlineData("[[1,2],[3,4],[5,6]]", new long[] { 3, 2 })]
    [InlineData("[ [[1],[2]] ]", new long[] { 1, 2, 1 })]
    [InlineData("[]", new long[] { 0 })]
    public void The_shape_is_read_off_the_nesting(string json, long[] shape) => Assert.Equal(shape, JsonTensor.ShapeOf(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Ragged_and_deep_arrays_are_refused()
    {
        Assert.Throws<SakiException>(() => JsonTensor.ShapeOf("[[[1],[2]],[[3]]]"u8));
        Assert.Throws<SakiException>(() => JsonTensor.ShapeOf(Encoding.UTF8.GetBytes(new string('[', 40) + new string(']', 40))));
    }

    private static float[] Floats(byte[] json, int count)
    {
        var bytes = new byte[count * 4];
        JsonTensor.Read(json, OrtElementType.Float32, bytes);
        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }
}
