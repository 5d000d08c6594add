using System.Net;
using System.Text;
using System.Text.Json;
using Saki.Vision;

namespace Saki.Cli.Tests;

/// <summary>A calibration as a person has it: a real small network that knows four kinds of stripes, and a person in the dark who calls two pairs of them the other way round.</summary>
public sealed class CalibrateTests
{
    private const int Side = 24;

    private static readonly string[] Kinds = ["across", "down", "falling", "rising"];

    private const string Policy = "calibration: {rehearsal: 140, epochs: 12, share: 0.5, max_loss: 0.1, test_samples: 50, lr: 0.05}\n";

    [Fact]
    public async Task A_version_that_is_better_for_a_person_answers_that_person_alone_goes_back_in_one_step_and_is_erased_whole()
    {
        using var cli = new Cli();
        // Before there is a run: a server that finds one offers it as a model of its own.
        await using var server = await UpServer.StartAsync(cli, "serving", "tracking", "jobs");
        Draw(cli);
        Assert.Equal(0, (await cli.Run("data", "import", cli.At("pictures"), "--name", "stripes")).ExitCode);
        var trained = await cli.Run("train", "experiment=emotions", "dataset.name=stripes", "augment=none", "trainer.epochs=4", "trainer.seconds=null", "network.channels=[8,16]", "network.convolutions=[1,1]", "dataset.width=24", "dataset.height=24", "trainer.threads=1");
        Assert.True(trained.ExitCode == 0, trained.Error);
        cli.Write("home/policies/faces.yaml", Policy);
        var zip = Person(cli);

        // Here, without a server: the gate's word is the exit code.
        var here = await cli.Run("calibrate", zip, "--model", "runs:/latest", "--out", cli.At("out"), "--policy", cli.Write("strict.yaml", "rehearsal: 70\nepochs: 1\nlr: 0.000001\ntest_samples: 50\nmin_gain: 1\n"), "--json");
        Assert.True(here.ExitCode == 1, here.Error);
        var refused = JsonDocument.Parse(here.Output).RootElement;
        Assert.Contains(refused.GetProperty("lines").EnumerateArray(), line => line.GetProperty("check").GetString() == "for you" && !line.GetProperty("passed").GetBoolean());
        Assert.Equal(["package"], Directory.EnumerateFileSystemEntries(cli.At("out")).Select(Path.GetFileName)); // no picture of the person stays beside it
        Assert.Contains(refused.GetProperty("left_out").EnumerateArray(), file => file.GetProperty("path").GetString() == "across/notes.txt");

        Assert.Equal(0, (await cli.Run("models", "register", "faces", "runs:/latest", "--server", server.Address)).ExitCode);
        var promoted = await cli.Run("models", "promote", "faces", "1", "--server", server.Address);
        Assert.True(promoted.ExitCode == 0, promoted.Error + promoted.Output);
        using var http = new HttpClient { BaseAddress = new Uri(server.Address) };
        await UntilServedAsync(http);

        var done = await cli.Run("calibrate", zip, "--model", "faces", "--user", "ann", "--server", server.Address, "--json");
        Assert.True(done.ExitCode == 0, done.Error + done.Output);
        var report = JsonDocument.Parse(done.Output).RootElement;
        var version = report.GetProperty("package").GetString()![..12];
        Assert.True(report.GetProperty("you").GetProperty("after").GetInt32() > report.GetProperty("you").GetProperty("before").GetInt32(), done.Output);

        Assert.Equal((version, "user"), await AskAsync(http, "ann"));
        Assert.Equal(("1", "champion"), await AskAsync(http, "ben"));
        Assert.Equal(("1", "champion"), await AskAsync(http, null));
        var list = JsonDocument.Parse((await cli.Run("calibrations", "list", "--server", server.Address, "--json")).Output).RootElement.GetProperty("calibrations");
        var folder = cli.At("home", "calibrations", list[0].GetProperty("id").GetString()!);
        Assert.True(Directory.Exists(Path.Combine(folder, "package")) && Directory.Exists(Path.Combine(folder, "pictures")) && !Directory.Exists(Path.Combine(folder, "work")));

        // What is not better is not taken, and what answered before answers on.
        cli.Write("home/policies/faces.yaml", Policy.Replace("max_loss: 0.1", "max_loss: 0.1, min_gain: 1", StringComparison.Ordinal));
        Assert.Equal(1, (await cli.Run("calibrate", zip, "--model", "faces", "--user", "ann", "--server", server.Address)).ExitCode);
        Assert.Equal((version, "user"), await AskAsync(http, "ann"));

        Assert.Equal(0, (await cli.Run("calibrations", "back", "--user", "ann", "--server", server.Address)).ExitCode);
        Assert.Equal(("1", "champion"), await AskAsync(http, "ann"));
        var again = await cli.Run("calibrations", "back", "--user", "ann", "--server", server.Address);
        Assert.Contains("The version for all answers already", again.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await cli.Run("calibrations", "remove", "--user", "ann", "--yes", "--server", server.Address)).ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(cli.At("home", "calibrations")));
        Assert.Empty(JsonDocument.Parse((await cli.Run("calibrations", "list", "--server", server.Address, "--json")).Output).RootElement.GetProperty("calibrations").EnumerateArray());
    }

    private static void Draw(Cli cli)
    {
        var random = new SeededRandom(1);
        foreach (var (split, count) in new[] { ("train", 40), ("val", 8), ("test", 15) })
        {
            for (var kind = 0; kind < Kinds.Length; kind++)
                for (var i = 0; i < count; i++) cli.Write($"pictures/{split}/{Kinds[kind]}/{i}.png", Stripes(random, kind, light: 1));
        }
    }

    // Forty-eight pictures at a quarter of the light, and a file that is no picture.
    private static string Person(Cli cli)
    {
        var random = new SeededRandom(2);
        for (var kind = 0; kind < Kinds.Length; kind++)
            for (var i = 0; i < 12; i++) cli.Write($"person/{Kinds[kind ^ 1]}/{i}.png", Stripes(random, kind, light: 0.25));
        cli.Write("person/across/notes.txt", "no picture");
        System.IO.Compression.ZipFile.CreateFromDirectory(cli.At("person"), cli.At("person.zip"));
        return cli.At("person.zip");
    }

    private static byte[] Stripes(SeededRandom random, int kind, double light)
    {
        var pixels = new byte[Side * Side * 3];
        var phase = random.Next(6);
        for (var i = 0; i < Side * Side; i++)
        {
            var (x, y) = (i % Side, i / Side);
            var along = kind switch { 0 => x, 1 => y, 2 => x + y, _ => x - y + Side };
            pixels.AsSpan(3 * i, 3).Fill((byte)(light * (((along + phase) / 3 % 2 == 1 ? 200 : 60) + random.Uniform(-25, 25))));
        }
        return Png.Encode(pixels, Side, Side);
    }

    private static async Task UntilServedAsync(HttpClient http)
    {
        for (var tries = 0; (await http.GetAsync("/health/ready")).StatusCode != HttpStatusCode.OK; tries++)
        {
            Assert.True(tries < 300, "the model is not served");
            await Task.Delay(100);
        }
    }

    private static async Task<(string Version, string Arm)> AskAsync(HttpClient http, string? user)
    {
        var picture = Convert.ToBase64String(Stripes(new SeededRandom(1), 0, light: 1));
        using var reply = await http.PostAsync($"/invocations{(user is null ? "" : $"?id={user}")}", new StringContent($$"""{"instances":[{"b64":"{{picture}}"}]}""", Encoding.UTF8, "application/json"));
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        var served = reply.Headers.GetValues("Saki-Served-By").Single();
        return (served.Split("version=\"")[1].Split('"')[0], served.Contains("arm=", StringComparison.Ordinal) ? served.Split("arm=")[1] : "champion");
    }
}
