using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Saki.Engines;
using Saki.Torch.Interop;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

/// <summary>What <c>saki doctor</c> says of libtorch. Asking loads it (about half a second with Debian's build).</summary>
public static class TorchEngine
{
    /// <summary>Loads libtorch and describes it; a report with Found = false when it is missing or does not load.</summary>
    public static EngineReport Describe()
    {
        try
        {
            var version = Marshal.PtrToStringUTF8(saki_version());
            return new EngineReport(NativeMethods.File.Engine, true, version, NativeMethods.File.Find(), [.. Facts()], Needed: true, Fix: null);
        }
        catch (SakiException missing)
        {
            return new EngineReport(NativeMethods.File.Engine, false, null, null, [missing.Message], Needed: true, Fix: NativeMethods.File.Install);
        }
    }

    private static IEnumerable<string> Facts()
    {
        yield return Blas(LoadedFiles());
        yield return $"{torch.get_num_threads()} of {Environment.ProcessorCount} threads";
        var config = Marshal.PtrToStringUTF8(saki_config()) ?? "";
        yield return $"SIMD {Entry(config, "CPU capability usage: ") ?? "unknown"}";
        if (X86Base.IsSupported) yield return BFloat16();
        var gpus = torch.cuda.device_count();
        yield return gpus > 0 ? $"CUDA, {gpus} GPU{(gpus == 1 ? "" : "s")}" : "no CUDA (a build without it, or no NVIDIA GPU)";
    }

    /// <summary>Which BLAS is mapped, as one line. Debian's reference one is 30 times slower than OpenBLAS on matrix products.</summary>
    internal static string Blas(IEnumerable<string> loaded)
    {
        var files = loaded.Where(file => Path.GetFileName(file) is var name && (name.StartsWith("libblas", StringComparison.Ordinal) || name.Contains("openblas", StringComparison.Ordinal) || name.StartsWith("libmkl", StringComparison.Ordinal))).ToList();
        if (files.Find(file => file.Contains("openblas", StringComparison.Ordinal)) is { } openblas) return $"BLAS OpenBLAS ({openblas})";
        if (files.Find(file => file.Contains("mkl", StringComparison.Ordinal)) is { } mkl) return $"BLAS MKL ({mkl})";
        if (files.Find(file => file.Contains("/blas/", StringComparison.Ordinal)) is { } reference)
            return $"BLAS reference ({reference}): matrix products are 30 times slower than need be. Type: sudo apt-get install libopenblas0-openmp";
        return files.Count > 0 ? $"BLAS {files[0]}" : "BLAS inside libtorch";
    }

    // Without AVX-512 the shim computes bf16 products in float32 and rounds (native/network.cpp).
    private static string BFloat16() => Avx512BW.VL.IsSupported
        ? "bfloat16 convolutions by AVX-512"
        : "bfloat16 without AVX-512: computed in float32 and rounded, no faster than float32 on this CPU";

    private static IEnumerable<string> LoadedFiles()
    {
        const string Maps = "/proc/self/maps";
        if (!System.IO.File.Exists(Maps)) return [];
        return System.IO.File.ReadLines(Maps).Select(line => line.IndexOf('/') is var at and >= 0 ? line[at..] : "").Where(path => path.Length > 0).Distinct();
    }

    private static string? Entry(string config, string label)
    {
        var at = config.IndexOf(label, StringComparison.Ordinal);
        return at < 0 ? null : config[(at + label.Length)..].Split('\n')[0].Trim();
    }
}
