namespace Saki.Torch.Tests;

public sealed class TorchEngineTests
{
    [Fact]
    public void The_report_names_version_blas_threads_and_simd()
    {
        var report = TorchEngine.Describe();
        Assert.True(report.Found);
        Assert.Matches(@"^\d+\.\d+\.\d+", report.Version);
        Assert.EndsWith("libsaki_torch.so", report.Path, StringComparison.Ordinal);
        Assert.Contains(report.Facts, fact => fact.StartsWith("BLAS ", StringComparison.Ordinal));
        Assert.Contains(report.Facts, fact => fact.EndsWith("threads", StringComparison.Ordinal));
        Assert.Contains(report.Facts, fact => fact.StartsWith("SIMD ", StringComparison.Ordinal) && fact != "SIMD unknown");
        Assert.Contains(report.Facts, fact => fact.Contains("CUDA", StringComparison.Ordinal));
    }

    [Fact]
    public void The_slow_reference_blas_is_warned_of()
    {
        Assert.Contains("apt-get install libopenblas0-openmp", TorchEngine.Blas(["/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0"]), StringComparison.Ordinal);
        Assert.DoesNotContain("apt-get", TorchEngine.Blas(["/usr/lib/x86_64-linux-gnu/openblas-openmp/libblas.so.3"]), StringComparison.Ordinal);
    }
}
