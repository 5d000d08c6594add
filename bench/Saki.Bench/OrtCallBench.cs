using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Backends.OnnxRuntime.Interop;

namespace Saki.Bench;

/// <summary>
/// One ONNX Runtime call from C# (<see cref="OrtSession"/>.Run into values made before) against the same call from C (bench/peers/ort_call.c): one process,
/// one session, the same tensors, in turn (A B A B) in short rounds, so that a busy neighbour hits both alike.
/// <c>ort-call [MODELS-FOLDER]</c>; the folder defaults to ../shared/data/models.
/// </summary>
internal static unsafe class OrtCallBench
{
    private const int Rounds = 400;

    public static void Run(string[] args)
    {
        var models = args.Length > 0 ? args[0] : "../shared/data/models";
        var call = Compile();
        Compare("resnet20 batch 1", Path.Combine(models, "cifar10/resnet20_cifar10.onnx"), [1, 3, 32, 32], [1, 10], 10, call);
        Compare("mnist batch 1", Path.Combine(models, "mnist/opt-mnist.onnx"), [1, 1, 28, 28], [1, 10], 100, call);
    }

    private static void Compare(string name, string model, long[] inputShape, long[] outputShape, int calls, nint function)
    {
        var inC = (delegate* unmanaged<void**, nint, nint*, nint*, nuint, nint*, nuint, nint*, int, ulong>)function;
        using var session = OrtSession.Load(model);
        using var input = OrtValue.Allocate(OrtElementType.Float32, inputShape);
        using var output = OrtValue.Allocate(OrtElementType.Float32, outputShape);
        var (inputName, outputName, inputPointer, outputPointer) = (session.InputName(0), session.OutputName(0), input.Handle.Pointer, output.Handle.Pointer);
        var (fromC, fromCSharp) = (new double[Rounds], new double[Rounds]);
        for (var round = -50; round < Rounds; round++) // 50 rounds to warm up
        {
            var c = inC(OrtApi.Table, session.Handle.Pointer, &inputName, &inputPointer, 1, &outputName, 1, &outputPointer, calls);
            if (c == 0) throw new InvalidOperationException("The call from C failed.");
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++) session.Run([input], [output]);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            if (round >= 0) (fromC[round], fromCSharp[round]) = (c / 1000.0 / calls, elapsed / calls);
        }
        var ratios = fromC.Zip(fromCSharp, (c, ours) => c / ours).ToArray(); // neighbours in time: the fairest pairs
        Array.Sort(fromC);
        Array.Sort(fromCSharp);
        Array.Sort(ratios);
        Measure.Report($"{name} c", fromC[Rounds / 2], "us/call");
        Measure.Report($"{name} saki", fromCSharp[Rounds / 2], "us/call");
        Measure.Report($"{name} median of ratios", ratios[Rounds / 2], "x");
        Measure.Report($"{name} ratio of best rounds", fromC[0] / fromCSharp[0], "x");
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: middle half of the ratios {ratios[Rounds / 4]:F3} to {ratios[3 * Rounds / 4]:F3}"));
    }

    private static nint Compile()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "bench/peers/ort_call.c"))) root = root.Parent;
        if (root is null) throw new FileNotFoundException("bench/peers/ort_call.c is not above the program.");
        var library = Path.Combine(root.FullName, "artifacts/bench/ort_call.so");
        Directory.CreateDirectory(Path.GetDirectoryName(library)!);
        using var compiler = Process.Start("cc", ["-O2", "-Wall", "-shared", "-fPIC", "-o", library, Path.Combine(root.FullName, "bench/peers/ort_call.c")]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? NativeLibrary.GetExport(NativeLibrary.Load(library), "ort_call") : throw new InvalidOperationException("cc could not compile bench/peers/ort_call.c.");
    }
}
