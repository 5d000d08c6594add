using Saki.Inference.Labelling;
using Saki.Inference.Serving;
using Saki.Labelling;
using Saki.Labelling.Sampling;
using Saki.Server.Registry;
using Saki.Server.Serving;
using Saki.Server.Serving.Following;
using Saki.Tracking;

namespace Saki.Server.Labelling;

/// <summary>Opens the models behind a queue.</summary>
internal sealed class QueueModels(RegistryLink link, ServerOptions options, RegistryReader registry)
{
    /// <summary>The model asked for, with the one in Staging where the order compares them; null when none is asked for, none answers for pictures, and the order needs none.</summary>
    /// <exception cref="SakiException">There is no such model, or the order needs one.</exception>
    public QueueModel? Open(LabelQueueAsk ask)
    {
        var both = StrategyNames.Parse(ask.Order) == SamplingStrategy.Disagreement && ask.Source is not (QueueSources.Suspects or QueueSources.Contradictions);
        var name = ask.Model ?? (both ? Only() : null);
        if (name is null) return PictureModel.TryLease(options) is { } lease ? new QueueModel(PictureFeatures.Over(lease.Model.Predictor!), null, lease) : null;
        var reference = ModelReference.Parse(name);
        var first = PictureFeatures.Open(Folder(reference));
        try
        {
            return new QueueModel(first, both ? PictureFeatures.Open(Folder(reference with { Version = null, Alias = null, Stage = "Staging" })) : null, null);
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    private string Folder(ModelReference reference) => link.FindAsync(reference.ToString(), CancellationToken.None).GetAwaiter().GetResult().Folder;

    // The only model that has both, so that nobody has to name it.
    private string Only()
    {
        var both = registry.SearchModels(null, [], 100, null).RegisteredModels
            .Where(model => model.LatestVersions.Any(version => version.CurrentStage == "Production") && model.LatestVersions.Any(version => version.CurrentStage == "Staging")).Take(2).ToArray();
        return both.Length == 1 ? $"{ModelReference.Scheme}{both[0].Name}/Production"
            : throw new SakiException("Making a queue", "one model with versions in Production and Staging", both.Length == 0 ? "none" : "several", "Name the model, as models:/NAME/Production.");
    }
}

/// <summary>A model behind a queue, and the one that it is compared with.</summary>
internal sealed class QueueModel(PictureFeatures first, PictureFeatures? second, ModelLease? lease) : IDisposable
{
    // The second model's classes in the order of the first's.
    private readonly int[]? _others = second is null ? null : Columns(second.Predictor.Pipeline.Labels, first.Predictor.Pipeline.Labels);

    public IReadOnlyList<string> Labels => first.Predictor.Pipeline.Labels;

    /// <summary>Name and version.</summary>
    public string Title => $"{first.Predictor.Model} {first.Predictor.Version}";

    /// <summary>What the models say of a picture; <c>Other</c> is null without a second one.</summary>
    public (PictureFeature Feature, float[]? Other) Answer(byte[] picture, CancellationToken cancel)
    {
        var other = second is null ? null : second.Of(picture, cancel).Probabilities;
        return (first.Of(picture, cancel), other is null ? null : [.. _others!.Select(column => other[column])]);
    }

    /// <summary>Which column of the model each class is.</summary>
    /// <exception cref="SakiException">The model does not know one.</exception>
    public int[] Columns(IReadOnlyList<string> classes) => Columns(Labels, classes);

    /// <inheritdoc/>
    public void Dispose()
    {
        first.Dispose();
        second?.Dispose();
        lease?.Dispose();
    }

    private static int[] Columns(IReadOnlyList<string> labels, IReadOnlyList<string> classes)
    {
        var missing = classes.Where(name => !labels.Contains(name)).ToArray();
        return missing.Length == 0 ? [.. classes.Select(name => labels.ToList().IndexOf(name))]
            : throw new SakiException("Making a queue", $"a model that knows the classes {string.Join(", ", classes)}", $"one without {string.Join(", ", missing)}", "Name another model.");
    }
}
