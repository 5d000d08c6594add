using System.CommandLine;
using Saki.Datasets;
using Saki.Datasets.Emotions;
using Saki.Storage;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data sample emotions</c>: a drawn data set for machines without data, or one picture of it.</summary>
internal static class DataSampleVerb
{
    public static Command Create()
    {
        var which = new Argument<string>("set") { Description = "emotions: faces that express seven emotions, drawn from a seed" };
        var seed = new Option<int>("--seed") { Description = "Equal seeds give equal bytes", HelpName = "N" };
        var size = new Option<int>("--size") { Description = "Width and height in pixels, 32 to 1024", HelpName = "PX", DefaultValueFactory = _ => EmotionFaces.DefaultSize };
        var train = new Option<int>("--train") { Description = "Training images; an eighth as many each for val and test", HelpName = "N", DefaultValueFactory = _ => 2800 };
        var one = new Option<string?>("--one") { Description = "Draw one picture of this emotion instead", HelpName = "EMOTION" };
        var output = new Option<string?>("--out", "-o") { Description = "Where --one writes it (.ppm)", HelpName = "FILE" };
        var verb = new Verb("sample", "Draw a data set to play with") { Examples = ["saki data sample emotions", "saki data sample emotions --one happy --out happy.ppm --size 256"] };
        verb.Add(which);
        foreach (var option in (Option[])[seed, size, train, one, output]) verb.Add(option);
        verb.SetAction((parsed, cancel) =>
        {
            var (s, px, n) = ((ulong)parsed.GetValue(seed), parsed.GetValue(size), parsed.GetValue(train));
            if (parsed.GetRequiredValue(which) is not "emotions" and var asked) throw new SakiException("Drawing", "a sample set that there is", $"\"{asked}\"", DidYouMean.Hint(asked, ["emotions"]));
            if (px is < 32 or > 1024) throw new SakiException("Drawing", "--size from 32 to 1024", $"{px}");
            if (n is < 70 or > 1_000_000) throw new SakiException("Drawing", "--train from 70 to 1,000,000", $"{n}");
            if (parsed.GetValue(one) is { } emotion) DrawOne(emotion, s, px, parsed.GetValue(output));
            else DataImportVerb.Run(SakiHome.Find(parsed.GetValue(SakiCommand.Home)).EnsureWritable(), new EmotionFacesReader(s, n, n / 8, n / 8, px), "emotions", null, parsed.GetValue(SakiCommand.Json), cancel);
            return Task.FromResult(0);
        });
        return verb;
    }

    private static void DrawOne(string emotion, ulong seed, int size, string? output)
    {
        var classes = EmotionFaces.Classes.ToList();
        var label = classes.IndexOf(emotion);
        if (label < 0) throw new SakiException("Drawing", "one of the seven emotions", $"\"{emotion}\"", DidYouMean.Hint(emotion, classes));
        if (output is null) throw new SakiException("Drawing", "a file to write", "none", $"Add --out {emotion}.ppm.");
        // A stream of its own: the picture is in no split of the data set of the same seed.
        var pixels = EmotionFaces.Draw(new SeededRandom(seed).Fork(1_000_000 + (ulong)label), (Emotion)label, size);
        DurableFile.Write(output, Pnm.Rgb(pixels, size, size));
        Verb.Terminal.Value!.Output.WriteLine($"{output}: {emotion}, {size}×{size}");
    }
}
