using System.Diagnostics;
using System.Text.Json;

namespace Saki.Cli.Tests;

public class DoctorTests
{
    [Fact]
    public async Task All_engines_are_found_where_the_tests_run()
    {
        using var cli = new Cli();

        var report = JsonDocument.Parse((await cli.Run("doctor", "--json")).Output).RootElement;

        Assert.True(report.GetProperty("healthy").GetBoolean());
        Assert.Equal(["libjpeg-turbo", "libvips", "OpenCV face detection", "ONNX Runtime", "libtorch"], report.GetProperty("engines").EnumerateArray().Select(e => e.GetProperty("engine").GetString()));
    }

    [Fact]
    public async Task A_missing_engine_ends_with_status_1_and_the_line_to_type()
    {
        // A process of its own: this one has loaded the engine already.
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Saki.Cli.dll"), "doctor"]) { RedirectStandardOutput = true };
        start.Environment["SAKI_ONNXRUNTIME"] = "/nowhere/libonnxruntime.so";
        using var doctor = Process.Start(start)!;
        var said = await doctor.StandardOutput.ReadToEndAsync();
        await doctor.WaitForExitAsync();

        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("✗ ONNX Runtime is missing", said, StringComparison.Ordinal);
        Assert.Contains("type: make deps", said, StringComparison.Ordinal);
    }
}
