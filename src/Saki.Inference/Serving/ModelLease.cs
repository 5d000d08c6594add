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

    /// <summary>True where answers tell in their body, too, which arm gave them: where several versions share the requests.</summary>
    public bool TellsArm => Arm is Arm.Canary or Arm.User || (Arm == Arm.Champion && Route?.Canary is not null);

    /// <summary>The arm in small letters.</summary>
    public string ArmName => Arm switch
    {
        Arm.Canary => "canary",
        Arm.User => "user",
        Arm.Pinned => "pinned",
        _ => "champion",
    };

    /// <inheritdoc cref="ServedModel.PredictAsync"/>
    public ValueTask<Prediction> PredictAsync(ReadOnlyMemory<byte> bytes, string? file, int top, CallOptions call, bool inline = true) =>
        Route is null && !TellsArm ? Model.PredictAsync(bytes, file, top, call, inline) : TellAsync(bytes, file, top, call, inline);

    /// <inheritdoc cref="ServedModel.InferAsync"/>
    public ValueTask<IReadOnlyList<TensorOutput>> InferAsync(IReadOnlyList<TensorInput> inputs, CallOptions call) =>
        Route is null ? Model.InferAsync(inputs, call) : Route.InferAsync(this, inputs, call);

    private async ValueTask<Prediction> TellAsync(ReadOnlyMemory<byte> bytes, string? file, int top, CallOptions call, bool inline)
    {
        var answer = Route is null ? await Model.PredictAsync(bytes, file, top, call, inline).ConfigureAwait(false) : await Route.PredictAsync(this, bytes, file, top, call, inline).ConfigureAwait(false);
        return TellsArm ? answer with { Arm = ArmName } : answer;
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Leave();
}
