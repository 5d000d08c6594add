using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;

namespace Saki.Inference.Serving;

/// <summary>The child's side of <see cref="ModelProbe"/>: limits itself, then does with the model what serving it does first. Whatever happens here ends this process only.</summary>
public static partial class ProbeRun
{
    private const int AddressSpace = 9, CoreFile = 4; // RLIMIT_AS and RLIMIT_CORE of Linux

    /// <summary>Loads the model and runs it on zeros.</summary>
    /// <param name="modelFile">The ONNX file.</param>
    /// <param name="maxRows">Most rows of a run.</param>
    /// <param name="memory">Bytes that may be taken from here on.</param>
    /// <param name="said">Gets one line of JSON when the engine refuses the model.</param>
    /// <returns>0 when it can be served, 1 when not.</returns>
    public static int Run(string modelFile, int maxRows, long memory, TextWriter said)
    {
        try
        {
            OrtEngine.Ensure();
            if (OperatingSystem.IsLinux()) Limit(memory);
            using var model = new TensorModel(OrtSession.Load(modelFile), maxRows);
            model.Measure(TimeSpan.FromSeconds(1));
            return 0;
        }
        catch (SakiException refused)
        {
            said.WriteLine(JsonSerializer.Serialize(new ProbeRefusal(refused.Operation, refused.Expected, refused.Got, refused.Next), ProbeJson.Default.ProbeRefusal));
            return 1;
        }
        catch (OutOfMemoryException)
        {
            said.WriteLine(JsonSerializer.Serialize(new ProbeRefusal("Loading the model", $"one that takes at most {memory >> 20} MB", "one that takes more", null), ProbeJson.Default.ProbeRefusal));
            return 1;
        }
    }

    // The runtime has reserved its own addresses by now: only what comes is counted.
    private static void Limit(long memory)
    {
        var pages = File.ReadAllText("/proc/self/statm").Split(' ')[0];
        var now = ulong.Parse(pages, CultureInfo.InvariantCulture) * (ulong)Environment.SystemPageSize;
        Set(AddressSpace, now + (ulong)memory);
        Set(CoreFile, 0);
    }

    private static void Set(int resource, ulong most)
    {
        var limit = new ResourceLimit(most, most);
        if (SetLimit(resource, in limit) != 0) throw new SakiException("Limiting the process", "a system that takes the limit", $"error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ResourceLimit(ulong Soft, ulong Hard);
}
