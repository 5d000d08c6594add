using Saki.Datasets;
using Saki.Onnx;
using Saki.Pipelines;
using Saki.Tracking;

namespace Saki.Calibration;

/// <summary>What a calibration begins from: a package that this installation trained, the run behind it, and the data that the run learned from.</summary>
/// <param name="Package">The package that answers.</param>
/// <param name="Run">Its run: configuration and checkpoints.</param>
/// <param name="Data">The frozen version that it learned from.</param>
public sealed record CalibrationBase(Package Package, RunFolder Run, DatasetReference Data)
{
    /// <summary>The run's composed configuration.</summary>
    public string Config => Path.Combine(Run.Path, ".hydra", "config.yaml");

    /// <summary>Finds run and data; nothing is loaded.</summary>
    /// <exception cref="SakiException">The package was not trained here, or what it was trained from is gone.</exception>
    public static CalibrationBase Of(Package package, SakiHome home)
    {
        if ((package.RunId ?? Traced(package)) is not { } id) throw Without($"{package.Model}, whose package came from a file");
        var path = Path.Combine(home.Runs, id);
        if (!Directory.Exists(path)) throw Without($"{package.Model} of run {id[..Math.Min(12, id.Length)]}, whose folder is not here");
        var run = new RunFolder(path);
        if (!Directory.Exists(Path.Combine(path, "checkpoints")) || !File.Exists(Path.Combine(path, ".hydra", "config.yaml"))) throw Without($"a run without configuration or checkpoints ({run.RunId[..12]})");
        if (run.ReadTags().FirstOrDefault(tag => tag.Key == SakiTags.Dataset)?.Value is not { } data) throw Without($"a run that does not say what it learned from ({run.RunId[..12]})");
        using var store = new DatasetStore(home);
        var reference = DatasetReference.Parse(data);
        store.Find(reference);
        return new CalibrationBase(package, run, reference);
    }

    // A network that was trained here says so in its graph.
    private static string? Traced(Package package) => OnnxModel.Read(package.ModelFile).MetadataProps.FirstOrDefault(entry => entry.Key == SakiTags.Run)?.Value;

    private static SakiException Without(string got) => new("Calibrating", "a model that this installation trained: its run and its data set are needed for rehearsal", got, "Train one here (saki train) and put it into Production.");
}
