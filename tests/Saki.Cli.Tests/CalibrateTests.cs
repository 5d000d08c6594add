using System.Net;
using System.Text;
using System.Text.Json;
using Saki.Datasets.Emotions;
using Saki.Vision;

namespace Saki.Cli.Tests;

/// <summary>A calibration as a person has it: a real small network trained on drawn faces, and a person who sits in the dark.</summary>
public sealed class CalibrateTests
{
    private const string Policy = "calibration: {rehearsal: 140, epochs: 12, share: 0.5, max_loss: 0.5, test_samples: 70, lr: 0.02}\n";

    [Fact]
    public async Task A_version_that_is_better_for_a_person_answers_that_person_alone_goes_back_in_one_step_and_is_erased_whole()
    {
        using var cli = new Cli();
        Assert.Equal(0, (await cli.Run("data", "sample", "emotions", "--train", "210", "--size", "32")).ExitCode);
        var trained = await cli.Run("train", "experiment=emotions", "trainer.epochs=4", "trainer.seconds=null", "network.channels=[8,16]", "network.convolutions=[1,1]", "dataset.width=24", "dataset.height=24", "trainer.threads=1");
        Assert.True(trained.ExitCode == 0, trained.Error);
        cli.Write("home/policies/faces.yaml", Policy);
        var zip = Pictures(cli);

        // Here, without a server: the gate's word is the exit code.
        var here = await cli.Run("calibrate", zip, "--model", "runs:/latest", "--out", cli.At("out"), "--policy", cli.Write("strict.yaml", "rehearsal: 70\nepochs: 1\nlr: 0.000001\ntest_samples: 50\nmin_gain: 1\n"), "--json");
        Assert.True(here.ExitCode == 1, here.Error);
        var refused = JsonDocument.Parse(here.Output).RootElement;
        Assert.Contains(refused.GetProperty("lines").EnumerateArray(), line => line.GetProperty("check").GetString() == "for you" && !line.GetProperty("passed").GetBoolean());
        Assert.Equal(["package"], Directory.EnumerateFileSystemEntries(cli.At("out")).Select(Path.GetFileName)); // no picture of the person stays beside it
        Assert.Contains(refused.GetProperty("left_out").EnumerateArray(), file => file.GetProperty("path").GetString() == "happy/notes.txt");

        await using var server = await UpServer.StartAsync(cli, "serving", "tracking", "jobs");
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
        cli.Write("home/policies/faces.yaml", Policy.Replace("max_loss: 0.5", "max_loss: 0.5, min_gain: 1", StringComparison.Ordinal));
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

    // Drawn faces at a quarter of their light, fifty-six of them, and a file that is no picture.
    private static string Pictures(Cli cli)
    {
        foreach (var emotion in Enum.GetValues<Emotion>())
        {
            for (var i = 0; i < 8; i++)
            {
                var pixels = EmotionFaces.Draw(new SeededRandom((ulong)(9000 + (100 * (int)emotion) + i)), emotion, 48);
                for (var p = 0; p < pixels.Length; p++) pixels[p] = (byte)(pixels[p] / 4);
                cli.Write($"person/{EmotionFaces.Classes[(int)emotion]}/{i}.png", Png.Encode(pixels, 48, 48));
            }
        }
        cli.Write("person/happy/notes.txt", "no picture");
        System.IO.Compression.ZipFile.CreateFromDirectory(cli.At("person"), cli.At("person.zip"));
        return cli.At("person.zip");
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
        var picture = Convert.ToBase64String(Png.Encode(EmotionFaces.Draw(new SeededRandom(1), Emotion.Happy, 48), 48, 48));
        using var reply = await http.PostAsync($"/invocations{(user is null ? "" : $"?id={user}")}", new StringContent($$"""{"instances":[{"b64":"{{picture}}"}]}""", Encoding.UTF8, "application/json"));
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        var served = reply.Headers.GetValues("Saki-Served-By").Single();
        return (served.Split("version=\"")[1].Split('"')[0], served.Contains("arm=", StringComparison.Ordinal) ? served.Split("arm=")[1] : "champion");
    }
}
