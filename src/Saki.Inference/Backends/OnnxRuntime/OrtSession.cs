using System.Runtime.CompilerServices;
using System.Text;
using Saki.Inference.Backends.OnnxRuntime.Interop;

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>
/// A loaded ONNX model. <see cref="Run(ReadOnlySpan{OrtValue}, CancellationToken)"/> may be called from many threads at once; results do not depend on that.
/// </summary>
public sealed unsafe class OrtSession : IDisposable
{
    private readonly OrtHandle _handle;
    private readonly byte[][] _names; // UTF-8 for every run, pinned; the collector frees them when no run can use them any more
    private readonly nint[] _inputNames, _outputNames; // into _names

    private OrtSession(OrtHandle handle)
    {
        _handle = handle;
        Inputs = OrtDescription.Inputs(handle);
        Outputs = OrtDescription.Outputs(handle);
        _names = [.. Inputs.Concat(Outputs).Select(value => Pinned(value.Name))];
        var pointers = Array.ConvertAll(_names, name => (nint)Unsafe.AsPointer(ref name[0]));
        (_inputNames, _outputNames) = (pointers[..Inputs.Count], pointers[Inputs.Count..]);
    }

    /// <summary>What the model takes, in its order.</summary>
    public IReadOnlyList<OrtValueInfo> Inputs { get; }

    /// <summary>What the model gives, in its order.</summary>
    public IReadOnlyList<OrtValueInfo> Outputs { get; }

    /// <summary>What the file says of itself.</summary>
    public OrtModelMetadata Metadata => OrtDescription.Metadata(_handle);

    /// <summary>Loads a model file; tensors that it keeps in other files must lie in its folder.</summary>
    /// <exception cref="SakiException">No such file, more than 2 GB, or external data outside the folder.</exception>
    /// <exception cref="OrtException">ONNX Runtime refuses the model.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public static OrtSession Load(string file, OrtSessionOptions? options = null, CancellationToken cancellation = default)
    {
        var path = Path.GetFullPath(file);
        if (!File.Exists(path)) throw new SakiException($"Loading {Path.GetFileName(file)}", "an ONNX model file", "no such file", "Check the path.");
        if (new FileInfo(path).Length > int.MaxValue) throw new SakiException($"Loading {Path.GetFileName(file)}", "at most 2 GB, the limit of the format", "a larger file", "Export it with external data.");
        return Load(File.ReadAllBytes(path), Path.GetDirectoryName(path), options, cancellation);
    }

    /// <summary>Loads a model from its bytes; they are not needed afterwards.</summary>
    /// <param name="model">The content of an ONNX file.</param>
    /// <param name="folder">Where its external data may lie; null when it may not have any.</param>
    /// <param name="options">Threads and optimisation.</param>
    /// <param name="cancellation">Stops the load at its next step.</param>
    /// <exception cref="SakiException">External data outside the folder.</exception>
    /// <exception cref="OrtException">ONNX Runtime refuses the model.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public static OrtSession Load(ReadOnlySpan<byte> model, string? folder, OrtSessionOptions? options = null, CancellationToken cancellation = default)
    {
        OrtEngine.Ensure();
        ExternalData.Check(model, folder);
        using var native = NativeOptions(options ?? new(), folder);
        using var registration = cancellation.Register(state => OrtApi.SetLoadCancellationFlag(((OrtHandle)state!).Pointer, 1), native);
        try
        {
            nint made;
            fixed (byte* bytes = model)
                OrtCall.Check(OrtApi.CreateSessionFromArray(OrtEngine.Environment, bytes, (nuint)model.Length, native.Pointer, &made), "Loading the model");
            return new OrtSession(new OrtHandle(OrtKind.Session, made));
        }
        catch (OrtException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("The load of the model was cancelled.", cancellation);
        }
    }

    /// <summary>Runs the model and gives all outputs, which the caller owns.</summary>
    /// <param name="inputs">One value for each of <see cref="Inputs"/>, in that order.</param>
    /// <param name="cancellation">Stops the run before its next operator.</param>
    /// <exception cref="OrtException">A type or shape is not what the model declares, or an operator fails.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public OrtValue[] Run(ReadOnlySpan<OrtValue> inputs, CancellationToken cancellation = default)
    {
        Span<nint> made = stackalloc nint[Outputs.Count];
        made.Clear();
        RunInto(inputs, made, cancellation);
        var outputs = new OrtValue[made.Length];
        for (var i = 0; i < outputs.Length; i++) outputs[i] = new OrtValue(made[i]);
        return outputs;
    }

    /// <summary>Runs the model into values made before: no allocation at all.</summary>
    /// <param name="inputs">One value for each of <see cref="Inputs"/>.</param>
    /// <param name="outputs">One tensor of the right type and shape for each of <see cref="Outputs"/>.</param>
    /// <param name="cancellation">Stops the run before its next operator.</param>
    /// <exception cref="OrtException">A type or shape is not what the model gives, or an operator fails.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(ReadOnlySpan<OrtValue> inputs, ReadOnlySpan<OrtValue> outputs, CancellationToken cancellation = default)
    {
        if (outputs.Length != Outputs.Count) throw Count("outputs", Outputs.Count, outputs.Length);
        Span<nint> pointers = stackalloc nint[outputs.Length];
        for (var i = 0; i < outputs.Length; i++) pointers[i] = Open(outputs[i]);
        RunInto(inputs, pointers, cancellation);
        foreach (var output in outputs) GC.KeepAlive(output);
    }

    /// <summary>A set of inputs and outputs bound once and run many times; belongs to one caller at a time and lives no longer than the session.</summary>
    public OrtIoBinding Bind() => new(this, _handle);

    /// <summary>Ends the trace that <see cref="OrtSessionOptions.Profile"/> asked for and gives its path. No run may be in progress.</summary>
    public string EndProfile()
    {
        byte* path;
        OrtCall.Check(OrtApi.SessionEndProfiling(_handle.Pointer, OrtEngine.Allocator, &path), "Profiling the model");
        return OrtCall.Text(path);
    }

    /// <summary>Releases the model and gives its memory back to the system. Runs in progress end first.</summary>
    public void Dispose() => _handle.Dispose();

    internal OrtHandle Handle => _handle;

    internal nint InputName(int index) => _inputNames[index];

    internal nint OutputName(int index) => _outputNames[index];

    private void RunInto(ReadOnlySpan<OrtValue> inputs, Span<nint> outputs, CancellationToken cancellation)
    {
        if (inputs.Length != Inputs.Count) throw Count("inputs", Inputs.Count, inputs.Length);
        Span<nint> pointers = stackalloc nint[inputs.Length];
        for (var i = 0; i < inputs.Length; i++) pointers[i] = Open(inputs[i]);

        var held = false;
        try
        {
            _handle.DangerousAddRef(ref held); // a Dispose on another thread waits for this run
            using var run = OrtRun.Begin(cancellation);
            fixed (nint* inputNames = _inputNames, outputNames = _outputNames, ins = pointers, outs = outputs)
                run.End(OrtApi.Run(_handle.Pointer, run.Options, inputNames, ins, (nuint)inputs.Length, outputNames, (nuint)outputs.Length, outs));
        }
        finally
        {
            if (held) _handle.DangerousRelease();
            GC.KeepAlive(_names);
            foreach (var input in inputs) GC.KeepAlive(input);
        }
    }

    private static byte[] Pinned(string name)
    {
        var bytes = GC.AllocateArray<byte>(Encoding.UTF8.GetByteCount(name) + 1, pinned: true);
        Encoding.UTF8.GetBytes(name, bytes);
        return bytes;
    }

    private static nint Open(OrtValue value)
    {
        ObjectDisposedException.ThrowIf(value.Handle.IsClosed, value);
        return value.Handle.Pointer;
    }

    private static SakiException Count(string what, int expected, int got) => new("Running the model", $"{expected} {what}", $"{got}");

    private static OrtHandle NativeOptions(OrtSessionOptions options, string? folder)
    {
        const string Operation = "Setting up the model";
        var native = OrtCall.Create(OrtKind.SessionOptions, OrtApi.CreateSessionOptions, Operation);
        OrtCall.Check(OrtApi.SetSessionLogSeverityLevel(native.Pointer, 4), Operation);
        OrtCall.Check(OrtApi.SetIntraOpNumThreads(native.Pointer, options.IntraOpThreads), Operation);
        OrtCall.Check(OrtApi.SetInterOpNumThreads(native.Pointer, 1), Operation);
        OrtCall.Check(OrtApi.SetSessionGraphOptimizationLevel(native.Pointer, (int)options.Optimization), Operation);
        if (!options.MemoryArena) OrtCall.Check(OrtApi.DisableCpuMemArena(native.Pointer), Operation);
        if (options.Profile is { } profile)
        {
            fixed (byte* path = OrtCall.Utf8(profile)) OrtCall.Check(OrtApi.EnableProfiling(native.Pointer, path), Operation);
        }
        AddEntry(native, "session.intra_op.allow_spinning", options.Spinning ? "1" : "0");
        if (folder is not null) AddEntry(native, "session.model_external_initializers_file_folder_path", folder); // else the current folder would count
        return native;
    }

    private static void AddEntry(OrtHandle options, string key, string value)
    {
        fixed (byte* k = OrtCall.Utf8(key), v = OrtCall.Utf8(value)) OrtCall.Check(OrtApi.AddSessionConfigEntry(options.Pointer, k, v), "Setting up the model");
    }
}
