using Saki.Inference.Backends.OnnxRuntime.Interop;

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>One run with its cancellation: options of its own (a terminate flag sticks), none at all when the token cannot be cancelled.</summary>
internal readonly unsafe struct OrtRun : IDisposable
{
    private readonly OrtHandle? _options;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationToken _cancellation;

    private OrtRun(CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _options = OrtCall.Create(OrtKind.RunOptions, OrtApi.CreateRunOptions, "Running the model");
        _registration = cancellation.UnsafeRegister(static state => OrtApi.RunOptionsSetTerminate(((OrtHandle)state!).Pointer), _options);
    }

    /// <summary>0 when there are none.</summary>
    public nint Options => _options?.Pointer ?? 0;

    public static OrtRun Begin(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return cancellation.CanBeCanceled ? new OrtRun(cancellation) : default;
    }

    /// <summary>Looks at the run's status; a failure after the cancel is the cancel.</summary>
    public void End(nint status)
    {
        if (status == 0) return;
        try
        {
            OrtCall.Check(status, "Running the model");
        }
        catch (OrtException) when (_cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("The run of the model was cancelled.", _cancellation);
        }
    }

    public void Dispose()
    {
        _registration.Dispose(); // waits for a callback that is setting the flag right now
        _options?.Dispose();
    }
}
