using Saki.Inference.Backends.OnnxRuntime.Interop;

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>
/// Inputs and outputs bound once, run many times: the values are filled and read in place. Not thread-safe. Keeps the bound values alive, does not own them.
/// </summary>
public sealed unsafe class OrtIoBinding : IDisposable
{
    private readonly OrtSession _session;
    private readonly OrtHandle _sessionHandle, _handle;
    private readonly OrtValue?[] _inputs, _outputs;

    internal OrtIoBinding(OrtSession session, OrtHandle sessionHandle)
    {
        ObjectDisposedException.ThrowIf(sessionHandle.IsClosed, session);
        (_session, _sessionHandle) = (session, sessionHandle);
        _handle = OrtCall.Create(OrtKind.IoBinding, OrtApi.CreateIoBinding, sessionHandle.Pointer, "Binding inputs and outputs");
        _inputs = new OrtValue?[session.Inputs.Count];
        _outputs = new OrtValue?[session.Outputs.Count];
    }

    /// <summary>Binds an input by its place in <see cref="OrtSession.Inputs"/>.</summary>
    /// <exception cref="OrtException">Its type is not the model's.</exception>
    public void Input(int index, OrtValue value)
    {
        OrtCall.Check(OrtApi.BindInput(_handle.Pointer, _session.InputName(index), value.Handle.Pointer), "Binding an input");
        _inputs[index] = value;
    }

    /// <summary>Binds an output by its place in <see cref="OrtSession.Outputs"/> to a tensor of the right shape.</summary>
    /// <exception cref="OrtException">Its type is not the model's.</exception>
    public void Output(int index, OrtValue value)
    {
        OrtCall.Check(OrtApi.BindOutput(_handle.Pointer, _session.OutputName(index), value.Handle.Pointer), "Binding an output");
        _outputs[index] = value;
    }

    /// <summary>Lets ONNX Runtime make this output at every run, for shapes not known before; read it with <see cref="TakeOutputs"/>.</summary>
    public void OutputAnywhere(int index)
    {
        OrtCall.Check(OrtApi.BindOutputToDevice(_handle.Pointer, _session.OutputName(index), OrtEngine.CpuMemory), "Binding an output");
        _outputs[index] = null;
    }

    /// <summary>Runs the model from the bound inputs into the bound outputs.</summary>
    /// <exception cref="OrtException">Something is not bound, a shape is wrong, or an operator fails.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(CancellationToken cancellation = default)
    {
        var held = false;
        try
        {
            _sessionHandle.DangerousAddRef(ref held);
            using var run = OrtRun.Begin(cancellation);
            run.End(OrtApi.RunWithBinding(_sessionHandle.Pointer, run.Options, _handle.Pointer));
        }
        finally
        {
            if (held) _sessionHandle.DangerousRelease();
            GC.KeepAlive(this);
        }
    }

    /// <summary>New references to the outputs in the order they were bound; the caller owns them.</summary>
    public OrtValue[] TakeOutputs()
    {
        nint* values;
        nuint count;
        OrtCall.Check(OrtApi.GetBoundOutputValues(_handle.Pointer, OrtEngine.Allocator, &values, &count), "Reading the outputs");
        var outputs = new OrtValue[count];
        for (var i = 0; i < outputs.Length; i++) outputs[i] = new OrtValue(values[i]);
        if (values is not null) OrtApi.AllocatorFree(OrtEngine.Allocator, values);
        return outputs;
    }

    /// <summary>Forgets all inputs and outputs.</summary>
    public void Clear()
    {
        OrtApi.ClearBoundInputs(_handle.Pointer);
        OrtApi.ClearBoundOutputs(_handle.Pointer);
        Array.Clear(_inputs);
        Array.Clear(_outputs);
    }

    /// <summary>Releases the binding; the values stay their owners'.</summary>
    public void Dispose() => _handle.Dispose();
}
