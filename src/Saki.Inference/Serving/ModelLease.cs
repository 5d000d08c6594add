using Saki.Inference.Tensors;
using Saki.Pipelines;

namespace Saki.Inference.Serving;

/// <summary>A model held for one request; disposing lets it go, and may be done once only. Ask through it, so that canaries and shadows are watched.</summary>
/// <param name="Model">What answers.</param>
public readonly record struct ModelLease(ServedModel Model) : IDisposable
{
    /// <summary>Why this version answers.</summary>
    public Arm Arm { get; init; }

    /// <summary>Who watches; null: nobody has to.</summary>
    internal ModelRoute? Route { get; init; }

    /// <summary>Who answers, as a structured header field.</summary>
    public string Signature => Model.Signature(Arm);

    /// <summary>True where the answer tells which arm gave it: another than the default version, or one that stands beside a canary.</summary>
    public bool TellsArm => Arm != Arm.Champion || Route?.Canary is not null;

    /// <inheritdoc cref="ServedModel.PredictAsync"/>
    public ValueTask<Prediction> PredictAsync(ReadOnlyMemory<byte> bytes, string? file, int top, CallOptions call, bool inline = true) =>
        Route is null ? Model.PredictAsync(bytes, file, top, call, inline) : Route.PredictAsync(this, bytes, file, top, call, inline);

    /// <inheritdoc cref="ServedModel.InferAsync"/>
    public ValueTask<IReadOnlyList<TensorOutput>> InferAsync(IReadOnlyList<TensorInput> inputs, CallOptions call) =>
        Route is null ? Model.InferAsync(inputs, call) : Route.InferAsync(this, inputs, call);

    /// <inheritdoc/>
    public void Dispose() => Model.Leave();
}
