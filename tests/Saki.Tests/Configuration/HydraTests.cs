using System.Text.Json;
using Saki.Configuration;

namespace Saki.Tests.Configuration;

public sealed class HydraTests
{
    [SkippedWithoutHydraFact]
    public void Every_case_of_the_original_agrees_but_those_listed()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(HydraCases.Root!, "cases.json")));
        var variables = document.RootElement.GetProperty("environment").EnumerateObject().ToDictionary(x => x.Name, x => x.Value.GetString());
        var context = new InterpolationContext { Environment = name => variables.TryGetValue(name, out var value) ? value : Environment.GetEnvironmentVariable(name) };
        var differing = new List<(string Id, string Why)>();
        var count = 0;
        foreach (var test in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            count++;
            string? why;
            try { why = HydraCases.Run(test, context); }
            catch (Exception failure) when (failure is not ConfigException) { why = $"{failure.GetType().Name}: {failure.Message}"; }
            if (why is not null) differing.Add((test.GetProperty("id").GetString()!, why));
        }
        if (Environment.GetEnvironmentVariable("SAKI_HYDRA_REPORT") is { } report) File.WriteAllLines(report, differing.Select(x => $"{x.Id}\t{x.Why.ReplaceLineEndings("\\n")}"));
        Assert.Equal(891, count);
        Assert.Equal(Listed().Order(StringComparer.Ordinal), differing.Select(x => x.Id).Order(StringComparer.Ordinal));
    }

    // tests/golden/hydra/not-agreeing.txt: an id and the reason a line.
    private static IEnumerable<string> Listed()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Saki.slnx"))) folder = folder.Parent!;
        return File.ReadLines(Path.Combine(folder.FullName, "tests/golden/hydra/not-agreeing.txt")).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split([' ', '\t'])[0]);
    }
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class SkippedWithoutHydraFactAttribute : FactAttribute
{
    public SkippedWithoutHydraFactAttribute()
    {
        if (HydraCases.Root is null) Skip = "../shared/hydra is not beside this clone";
    }
}
