using System.Text.Json;
using OwnNetwork;
using Saki.Torch.Networks;

namespace Saki.Cli.Tests;

/// <summary>The example of examples/own-network, its source compiled in here.</summary>
public sealed class OwnNetworkTests
{
    [Fact]
    public async Task A_network_of_ones_own_is_trained_exported_and_packaged_by_its_registered_name()
    {
        using var cli = new Cli();
        await cli.Run("data", "sample", "emotions", "--train", "140", "--size", "48");
        var networks = NetworkRegistry.BuiltIn().Add<StripesOptions>("stripes", (shape, options) => new Stripes(shape, options));
        var conf = Path.Combine(Saki.Testing.Repository.Root, "examples", "own-network", "conf");
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await SakiCommand.Run(["train", "--config-dir", conf, "network.width=8", "trainer.epochs=2", "trainer.seconds=null", "+trainer.batch_size=32", "+trainer.threads=1", "--json", "--home", cli.Home], output, error, networks);
        Assert.True(code == 0, error.ToString());
        Assert.Contains("ONNX and libtorch agree", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("emotions-stripes", JsonDocument.Parse(output.ToString()).RootElement.GetProperty("model").GetString());

        (await cli.Run("train", "--config-dir", conf)).AssertRefused("network.name", "stripes");
        (await cli.Run("train", "--config-dir", conf, "network.width=0")).AssertRefused("network.name");
    }

    [Fact]
    public async Task A_preview_is_a_picture_of_rows_and_columns()
    {
        using var cli = new Cli();
        await cli.Run("data", "sample", "emotions", "--train", "70", "--size", "48");
        var file = cli.At("sheet.png");
        var done = await cli.Run("data", "preview", "emotions", "augment=full", "--rows", "3", "--epochs", "4", "--out", file);
        Assert.True(done.ExitCode == 0, done.Error);
        using var sheet = Vision.ImageDecoder.Decode(await File.ReadAllBytesAsync(file), new Vision.DecodeOptions { Channels = 3 });
        Assert.Equal((2 + (5 * 98), 2 + (3 * 98)), (sheet.Width, sheet.Height));
        (await cli.Run("data", "preview", "emotions", "augment.flip.p=3", "--out", file)).AssertRefused("augment.flip.p", "at most 1");
    }
}
