using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Saki.Server.Tests.Serving;

public sealed partial class MetricsTests
{
    private const string Promtool = "/usr/bin/promtool";

    [PromtoolFact]
    public async Task Prometheus_own_check_finds_nothing_in_our_names_and_only_names_in_others()
    {
        await using var server = await ServingServer.StartAsync();
        await server.PostAsync("/v1/models/plus:predict", "{\"instances\":[[1,2,3,4],[1,2,3,4],[1,2,3,4]]}");
        Assert.Equal((0, ""), await CheckAsync(await server.Client.GetStringAsync("/metrics?names=saki")));
        var (_, said) = await CheckAsync(await server.Client.GetStringAsync("/metrics"));
        Assert.All(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^(nv|ts)_\w+ (counter metrics should|metric names should|non-histogram|use base unit)", line));
    }

    [Fact]
    public async Task Labels_do_not_grow_with_what_is_asked()
    {
        await using var server = await ServingServer.StartAsync();
        await server.PostAsync("/v1/models/plus:predict", "{\"instances\":[[1,2,3,4]]}");
        var before = Series(await server.Client.GetStringAsync("/metrics"));
        for (var i = 2; i < 40; i++)
        {
            await server.PostAsync("/v1/models/plus:predict", $"{{\"instances\":[{string.Join(',', Enumerable.Repeat("[1,2,3,4]", i))}]}}");
            await server.PostAsync($"/v1/models/stranger{i}:predict", "{\"instances\":[[1]]}");
        }
        var text = await server.Client.GetStringAsync("/metrics");
        Assert.Equal(before, Series(text));
        Assert.DoesNotContain("stranger", text, StringComparison.Ordinal);
        Assert.Contains("saki_inference_run_rows_sum{model=\"plus\"", text, StringComparison.Ordinal);
    }

    private static int Series(string text) => Line().Count(text);

    private static async Task<(int Code, string Said)> CheckAsync(string text)
    {
        using var promtool = Process.Start(new ProcessStartInfo(Promtool, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await promtool.StandardInput.WriteAsync(text);
        promtool.StandardInput.Close();
        var said = await promtool.StandardError.ReadToEndAsync() + await promtool.StandardOutput.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        return (promtool.ExitCode, said);
    }

    [GeneratedRegex("^[a-z]", RegexOptions.Multiline)]
    private static partial Regex Line();

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class PromtoolFactAttribute : FactAttribute
    {
        public PromtoolFactAttribute()
        {
            if (!File.Exists(Promtool)) Skip = "promtool (Debian's package prometheus) is not here";
        }
    }
}
