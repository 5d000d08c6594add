using System.CommandLine;
using Saki.Cli.Training;
using Saki.Configuration;
using Saki.Datasets;
using Saki.Torch.Training;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data preview NAME [OVERRIDES…]</c>: a contact sheet of what the network will see: each row one training picture, first as it is, then as varied in each epoch.</summary>
internal static class DataPreviewVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "NAME (newest version) or NAME@DIGEST-PREFIX" };
        var overrides = new Argument<string[]>("override") { Description = "As for saki train: augment=strong, dataset.width=64 …", Arity = ArgumentArity.ZeroOrMore };
        var output = new Option<string>("--out") { Description = "PNG file to write", HelpName = "FILE", DefaultValueFactory = _ => "preview.png" };
        var rows = new Option<int>("--rows") { Description = "Pictures, 1 to 100", DefaultValueFactory = _ => 8 };
        var epochs = new Option<int>("--epochs") { Description = "Variations of each, 1 to 100", DefaultValueFactory = _ => 10 };
        var folder = new Option<string?>("--config-dir") { Description = "Folder of the configuration (default: conf/ here, else the one that came with saki)", HelpName = "DIR" };
        var verb = new Verb("preview", "Write a contact sheet of augmented training pictures")
        {
            Examples = ["saki data preview emotions augment=strong", "saki data preview cifar10 dataset=cifar10 augment=full --out cifar.png"],
        };
        foreach (var argument in (Argument[])[name, overrides]) verb.Add(argument);
        foreach (var option in (Option[])[output, rows, epochs, folder]) verb.Add(option);
        verb.SetAction((parsed, cancel) => Task.FromResult(Run(
            SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetRequiredValue(name), parsed.GetValue(overrides) ?? [], parsed.GetValue(folder),
            new Sheet(parsed.GetRequiredValue(output), parsed.GetValue(rows), parsed.GetValue(epochs)), parsed.GetValue(SakiCommand.Json), cancel)));
        return verb;
    }

    private sealed record Sheet(string File, int Rows, int Epochs);

    private static int Run(SakiHome home, string name, string[] overrides, string? folder, Sheet sheet, bool json, CancellationToken cancel)
    {
        if (sheet.Rows is < 1 or > 100 || sheet.Epochs is < 1 or > 100)
            throw new SakiException("Reading --rows and --epochs", "1 to 100 each", $"{sheet.Rows} and {sheet.Epochs}", "Ask for fewer.");
        var config = ConfigComposer.Compose(ConfigFolder.Find(null, folder, "train"), "train", [.. overrides, $"dataset.name={name}"]).Resolve();
        var options = TrainConfig.Bind(config, Verb.Networks.Value!);
        using var store = new DatasetStore(home.EnsureWritable());
        var dataset = store.Load(name);
        var png = ContactSheet.Draw(home, store, dataset, options, sheet.Rows, sheet.Epochs, cancel);
        Storage.DurableFile.Write(sheet.File, stream => stream.Write(png));
        var terminal = Verb.Terminal.Value!;
        var path = Path.GetFullPath(sheet.File);
        if (json) terminal.WriteJson(new PreviewView(dataset.Name, dataset.Digest.ToString(), path), CliJson.Default.PreviewView);
        else terminal.Output.WriteLine($"{path}: {Math.Min(sheet.Rows, dataset.Summary.Count(Split.Train))} pictures of {dataset.Summary}, as they are and in {sheet.Epochs} epochs");
        return 0;
    }
}

/// <summary>What <c>saki data preview --json</c> prints.</summary>
internal sealed record PreviewView(string Dataset, string Digest, string File);
