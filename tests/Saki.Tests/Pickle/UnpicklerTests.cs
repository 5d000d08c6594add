using System.Numerics;
using Saki.Pickle;
using Saki.Testing;

namespace Saki.Tests.Pickle;

/// <summary>
/// The pickles were made by Python 3.11 and NumPy 1.24 with <c>pickle.dumps(object, protocol).hex()</c>:
/// <code>
/// d = {"none": None, "yes": True, "int": -5, "big": 2**70, "float": 1.5, "text": "é", "bytes": b"\x00\xff", "list": [1, [2]], "tuple": (1, 2, 3, 4), 1: "one"}
/// numpy.arange(6, dtype=numpy.uint8).reshape(2, 3)
/// class Evil: __reduce__ = lambda self: (os.system, ("echo pwned",))
/// </code>
/// </summary>
public sealed class UnpicklerTests
{
    private const string Protocol2 = "80027d71002858040000006e6f6e6571014e58030000007965737102885803000000696e7471034afbffffff580300000062696771048a090000000000000000405805000000666c6f61747105473ff800000000000058040000007465787471065802000000c3a97107580500000062797465737108635f636f646563730a656e636f64650a7109580300000000c3bf710a58060000006c6174696e31710b86710c52710d58040000006c697374710e5d710f284b015d71104b02616558050000007475706c657111284b014b024b034b047471124b0158030000006f6e657113752e";
    private const string Protocol3 = "80037d71002858040000006e6f6e6571014e58030000007965737102885803000000696e7471034afbffffff580300000062696771048a090000000000000000405805000000666c6f61747105473ff800000000000058040000007465787471065802000000c3a97107580500000062797465737108430200ff710958040000006c697374710a5d710b284b015d710c4b02616558050000007475706c65710d284b014b024b034b0474710e4b0158030000006f6e65710f752e";
    private const string Protocol4 = "80049587000000000000007d94288c046e6f6e65944e8c0379657394888c03696e74944afbffffff8c03626967948a090000000000000000408c05666c6f617494473ff80000000000008c0474657874948c02c3a9948c05627974657394430200ff948c046c697374945d94284b015d944b0261658c057475706c6594284b014b024b034b0474944b018c036f6e6594752e";
    private const string Array2 = "8002636e756d70792e636f72652e6d756c746961727261790a5f7265636f6e7374727563740a7100636e756d70790a6e6461727261790a71014b00857102635f636f646563730a656e636f64650a7103580100000062710458060000006c6174696e317105867106527107877108527109284b014b024b0386710a636e756d70790a64747970650a710b58020000007531710c898887710d52710e284b0358010000007c710f4e4e4e4affffffff4affffffff4b0074711062896803580600000000010203040571116805867112527113747114622e";
    private const string Array4 = "80049590000000000000008c156e756d70792e636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b024b03869468038c0564747970659493948c02753194898887945294284b038c017c944e4e4e4affffffff4affffffff4b00749462894306000102030405947494622e";

    [Theory]
    [InlineData(Protocol2)]
    [InlineData(Protocol3)]
    [InlineData(Protocol4)]
    [InlineData("8005" + "9587000000000000007d94288c046e6f6e65944e8c0379657394888c03696e74944afbffffff8c03626967948a090000000000000000408c05666c6f617494473ff80000000000008c0474657874948c02c3a9948c05627974657394430200ff948c046c697374945d94284b015d944b0261658c057475706c6594284b014b024b034b0474944b018c036f6e6594752e")]
    public void Plain_data_is_read_in_every_protocol(string hex)
    {
        var read = Assert.IsType<OrderedDictionary<object, object?>>(Read(hex));

        Assert.Equal(["none", "yes", "int", "big", "float", "text", "bytes", "list", "tuple", 1L], read.Keys);
        Assert.Equal([null, true, -5L, BigInteger.Pow(2, 70), 1.5, "é"], read.Values.Take(6));
        Assert.Equal([0, 255], Assert.IsType<byte[]>(read["bytes"]));
        Assert.Equal([1L, new List<object?> { 2L }], Assert.IsType<List<object?>>(read["list"]));
        Assert.Equal([1L, 2L, 3L, 4L], Assert.IsType<object?[]>(read["tuple"]));
        Assert.Equal("one", read[1L]);
    }

    [Fact]
    public void An_object_that_is_meant_twice_is_one_object()
    {
        var list = Assert.IsType<List<object?>>(Read("8004950c000000000000005d94285d944b07616801652e"));
        Assert.Same(list[0], list[1]);
    }

    [Fact]
    public void An_ordered_dict_keeps_its_order()
    {
        var read = Assert.IsType<OrderedDictionary<object, object?>>(Read("800263636f6c6c656374696f6e730a4f726465726564446963740a7100295271012858010000006271024b0158010000006171034b02752e"));
        Assert.Equal(["b", "a"], read.Keys);
    }

    [Theory]
    [InlineData("800263706f7369780a73797374656d0a7100580a0000006563686f2070776e656471018571025271032e", "posix.system")]
    [InlineData("80049525000000000000008c05706f736978948c0673797374656d9493948c0a6563686f2070776e656494859452942e", "posix.system")]
    [InlineData("8002635f5f6275696c74696e5f5f0a6576616c0a71005803000000312b3171018571025271032e", "__builtin__.eval")]
    [InlineData("8002635f5f6275696c74696e5f5f0a6576616c0a2e", "__builtin__.eval")]
    public void A_pickle_that_names_a_callable_is_refused_by_its_name(string hex, string named)
    {
        var message = Assert.Throws<SakiException>(() => Read(hex, NumpyArray.Global)).Message;
        Assert.Contains($"asks to run {named}.", message);
    }

    [Fact]
    public void A_mark_that_is_called_is_refused_by_its_name() => // numpy.ndarray(())
        Assert.Contains("numpy.ndarray", Assert.Throws<SakiException>(() => Read("8002636e756d70790a6e6461727261790a2952" + "2e", NumpyArray.Global)).Message);

    [Theory]
    [InlineData(Array2)]
    [InlineData(Array4)]
    public void A_numpy_array_keeps_shape_type_and_bytes(string hex)
    {
        var array = Assert.IsType<NumpyArray>(Read(hex, NumpyArray.Global));

        Assert.Equal([2L, 3L], array.Shape);
        Assert.Equal("u1", array.Type);
        Assert.Equal([0, 1, 2, 3, 4, 5], array.Data.ToArray());
    }

    [Fact]
    public void An_array_of_python_objects_is_refused() => // numpy.array([None, 1], dtype=object)
        Assert.Contains("type O8", Assert.Throws<SakiException>(() => Read(
            "8002636e756d70792e636f72652e6d756c746961727261790a5f7265636f6e7374727563740a7100636e756d70790a6e6461727261790a71014b00857102635f636f646563730a656e636f64650a7103580100000062710458060000006c6174696e317105867106527107877108527109284b014b0285710a636e756d70790a64747970650a710b58020000004f38710c898887710d52710e284b0358010000007c710f4e4e4e4affffffff4affffffff4b3f74711062895d7111284e4b0165747112622e",
            NumpyArray.Global)).Message);

    [Fact]
    public void Every_cut_pickle_is_refused()
    {
        foreach (var hex in new[] { Protocol2, Protocol4, Array2 })
            for (var bytes = 0; bytes < (hex.Length / 2) - 1; bytes++) Assert.Throws<SakiException>(() => Read(hex[..(2 * bytes)], NumpyArray.Global));
    }

    [Fact]
    public void A_pickle_with_any_byte_changed_is_read_or_refused_and_nothing_else()
    {
        var good = Convert.FromHexString(Array2);
        var random = new SeededRandom(1);
        for (var i = 0; i < 20_000; i++)
        {
            var bad = good.ToArray();
            bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try { Read(Convert.ToHexString(bad), NumpyArray.Global); }
            catch (SakiException) { }
        }
    }

    [Theory]
    [InlineData("80028e00000000000000402e")]  // BINBYTES8 of 2^62 bytes
    [InlineData("800242ffffffff2e")]          // BINBYTES of 4 GiB
    [InlineData("80028bffffff7f2e")]          // LONG4 of 2 GiB
    public void A_lying_length_costs_no_memory(string hex)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SakiException>(() => Read(hex));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 8 << 20);
    }

    [Fact]
    public void Two_pickles_one_behind_the_other_are_read_one_by_one()
    {
        using var stream = new MemoryStream([.. Convert.FromHexString("80024b072e"), .. Convert.FromHexString("80024b082e"), 99]);

        Assert.Equal(7L, Unpickler.Read(stream, "two"));
        Assert.Equal(8L, Unpickler.Read(stream, "two"));
        Assert.Equal(99, stream.ReadByte());
    }

    // 0x1950a86a20f9469cfc6c, 1001, system info, then the object: torch.serialization._legacy_save
    [SharedDataFact]
    public void An_old_pytorch_checkpoint_is_read_with_three_names_allowed()
    {
        using var file = File.OpenRead(SharedData.At("models/cifar10/resnet20-12fca82f.th"));
        using var stream = new BufferedStream(file);
        var storages = new HashSet<string>();
        var rules = new PickleRules
        {
            Global = name => name switch
            {
                "torch._utils._rebuild_tensor" => new PickleGlobal(name, arguments => arguments),
                "torch.FloatStorage" or "torch.LongStorage" => new PickleGlobal(name),
                _ => null,
            },
            Persistent = id => storages.Add((string)((object?[])id!)[2]!),
        };

        Assert.Equal(BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture), Unpickler.Read(stream, "magic"));
        Assert.Equal(1001L, Unpickler.Read(stream, "protocol"));
        Assert.True((bool)Assert.IsType<OrderedDictionary<object, object?>>(Unpickler.Read(stream, "system"))["little_endian"]!);
        var checkpoint = Assert.IsType<OrderedDictionary<object, object?>>(Unpickler.Read(stream, "checkpoint", rules));
        var weights = Assert.IsType<OrderedDictionary<object, object?>>(checkpoint["state_dict"]);
        Assert.Contains("module.conv1.weight", weights.Keys);
        Assert.Equal(weights.Count, storages.Count);
    }

    private static object? Read(string hex, Func<string, PickleGlobal?>? global = null) =>
        Unpickler.Read(new MemoryStream(Convert.FromHexString(hex)), "the pickle", global is null ? null : new PickleRules { Global = global });
}
