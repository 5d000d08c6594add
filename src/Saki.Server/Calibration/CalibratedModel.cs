using System.Collections.Concurrent;
using Saki.Calibration;
using Saki.Gates;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Server.Registry;

namespace Saki.Server.Calibration;

/// <summary>The model that a calibration begins from: the version that answers everyone now.</summary>
/// <param name="Name">The served model.</param>
/// <param name="Version">Its default version.</param>
/// <param name="Package">Its package.</param>
/// <param name="Policy">How it is fitted, and what that must prove.</param>
/// <param name="Test">The frozen test set that its policy names; null: that of its training data.</param>
internal sealed record CalibratedModel(string Name, string Version, Package Package, CalibrationPolicy Policy, string? Test)
{
    /// <summary>The classes.</summary>
    public IReadOnlyList<string> Labels => Package.Pipeline.Labels;

    /// <summary>Fewest pictures that leave enough to hold back.</summary>
    public int LeastPictures => (int)Math.Ceiling(Policy.LeastHeldBack / Policy.HeldBack);

    /// <summary>Finds it and proves that it can be calibrated: package, run and data set are here.</summary>
    /// <param name="models">What is served.</param>
    /// <param name="policies">Of registered models.</param>
    /// <param name="home">Where runs and data sets lie.</param>
    /// <param name="name">The model; null: the one that answers for pictures when nobody names one.</param>
    /// <param name="known">Packages that were looked at before, by where they came from: reading one again costs as much as its model is large.</param>
    /// <exception cref="SakiException">There is none, or it cannot be calibrated.</exception>
    public static CalibratedModel Find(ModelRepository models, PolicyFolder<GatePolicy> policies, SakiHome home, string? name, ConcurrentDictionary<string, Package> known)
    {
        var entry = models.Models.Where(entry => entry.Versions.TryGetValue(entry.Default, out var model) && model.Predictor is not null && (name is null || entry.Name == name)).OrderBy(entry => entry.Order).FirstOrDefault()
            ?? throw new SakiException("Calibrating", name is null ? "a served model that takes pictures" : $"a served model named \"{name}\" that takes pictures", "none", "Serve one: saki up, saki serving load.");
        if (!entry.Sources.TryGetValue(entry.Default, out var source)) throw NotOurs(entry);
        var package = known.GetOrAdd($"{entry.Name}\n{entry.Default}\n{source}", _ => Look(models, entry, source, home));
        var policy = policies.Find(entry.Name)?.Policy;
        return new CalibratedModel(entry.Name, entry.Default, package, policy?.Calibration ?? new CalibrationPolicy(), policy?.Data);
    }

    private static Package Look(ModelRepository models, ModelEntry entry, string source, SakiHome home)
    {
        if (models.Open(source, entry.Name)[0].Package is not { } package) throw NotOurs(entry);
        CalibrationBase.Of(package, home);
        return package.Pipeline.Labels.FirstOrDefault(label => label.AsSpan().ContainsAny('/', '\\') || label is "." or "..") is { } odd
            ? throw new SakiException("Calibrating", "classes whose names can be folders", $"\"{odd}\"") : package;
    }

    private static SakiException NotOurs(ModelEntry entry) =>
        new("Calibrating", "a model that this installation trained", $"{entry.Name} {entry.Default}, which has no package", "Train one here (saki train) and put it into Production.");
}
