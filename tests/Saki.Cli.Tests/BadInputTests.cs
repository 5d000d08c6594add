using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Saki.Cli.Tests;

/// <summary>Every mistake is one clear line with what was expected, what was got and what to do; exit code 2; nothing half-written.</summary>
public class BadInputTests
{
    [Fact]
    public async Task A_folder_that_does_not_exist_is_named()
    {
        using var cli = new Cli();

        (await cli.Run("data", "import", cli.At("nowhere"), "--name", "x")).AssertRefused("nothing at", "nowhere");
        Assert.False(Directory.Exists(Path.Combine(cli.Home, "datasets")));
    }

    [Fact]
    public async Task A_class_folder_without_a_readable_image_is_named()
    {
        using var cli = new Cli();
        cli.Write("set/good/a.pgm", [.. "P5 1 1 255\n"u8, 7]);
        cli.Write("set/bad/b.jpg", "this is text");

        (await cli.Run("data", "import", cli.At("set"), "--name", "x")).AssertRefused("a readable image in class bad", "bad/b.jpg");
        Assert.Empty((await cli.Run("data", "list")).Output);
    }

    [Theory]
    [InlineData("label,pixels,Usage\n", "emotion")]
    [InlineData("emotion,pixels,Usage\n9,{2304},Training\n", "9")]
    [InlineData("emotion,pixels,Usage\n0,{2304},Training\n3,{2303},Training\n", "2,303")]
    [InlineData("emotion,pixels,Usage\n0,256 {2303},Training\n", "256")]
    public async Task A_csv_that_is_not_FER2013s_is_refused_with_the_place(string content, string part)
    {
        using var cli = new Cli();
        foreach (var count in (int[])[2303, 2304]) content = content.Replace($"{{{count}}}", string.Join(' ', Enumerable.Repeat("1", count)));

        (await cli.Run("data", "import", cli.Write("fer.csv", content), "--name", "x", "--format", "fer2013")).AssertRefused(part);
    }

    [Theory]
    [InlineData("trainer.epoch=3", "epochs")]
    [InlineData("network=emotion_cn", "emotion_cnn")]
    [InlineData("optimiser=adam", "optimizer")]
    public async Task An_unknown_configuration_key_is_refused_with_a_guess(string text, string guess)
    {
        using var cli = new Cli();

        (await cli.Run("train", text)).AssertRefused(guess);
        Assert.False(Directory.Exists(Path.Combine(cli.Home, "runs")));
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_refused_with_its_place()
    {
        using var cli = new Cli();

        (await cli.Run("train", "trainer.epochs=many")).AssertRefused("trainer.epochs", "many");
    }

    [Fact]
    public async Task Training_without_data_says_how_to_get_some()
    {
        using var cli = new Cli();

        (await cli.Run("train", "experiment=emotions")).AssertRefused("saki data sample emotions");
    }

    [Fact]
    public async Task A_home_folder_that_cannot_be_written_is_named()
    {
        using var cli = new Cli();
        var file = cli.Write("file", "x");
        var (output, error) = (new StringWriter(), new StringWriter());

        var code = await SakiCommand.Run(["data", "sample", "emotions", "--home", Path.Combine(file, "home")], output, error);

        new CliResult(code, output.ToString(), error.ToString()).AssertRefused("a folder that can be written", "SAKI_HOME");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_the_option_to_change()
    {
        using var cli = new Cli();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        (await cli.Run("up", "--port", $"{((IPEndPoint)taken.LocalEndpoint).Port}")).AssertRefused("a free port", "--port");
    }

    [Fact]
    public async Task A_text_file_as_model_and_a_model_without_pipeline_are_refused()
    {
        using var cli = new Cli();
        var model = cli.Write("model.onnx", "no model");
        var pipeline = cli.Write("pipeline.yaml", Encoding.UTF8.GetBytes("input: {kind: image, color: gray, width: 8, height: 8}\nlabels: [a, b]\n"));

        (await cli.Run("predict", model, cli.Write("a.jpg", "text"))).AssertRefused("--pipeline");
        (await cli.Run("package", model, "--pipeline", pipeline, "--out", cli.At("out"))).AssertRefused("model");
        Assert.False(Directory.Exists(cli.At("out")));
    }

    [Fact]
    public async Task A_run_that_does_not_exist_is_refused()
    {
        using var cli = new Cli();

        (await cli.Run("runs", "show", "latest")).AssertRefused("saki train");
        (await cli.Run("train", "--resume", "0123456789")).AssertRefused("0123456789");
    }
}
