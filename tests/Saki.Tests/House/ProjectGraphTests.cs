using System.Xml.Linq;
using Saki.Testing;

namespace Saki.Tests.House;

/// <summary>The borders of docs/architecture.md: pure | images | libtorch | inference | web | command line.</summary>
public class ProjectGraphTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Saki"] = [],
        ["Saki.Vision"] = ["Saki"],
        ["Saki.Torch"] = ["Saki.Vision"],
        ["Saki.Inference"] = ["Saki.Vision"],
        ["Saki.Server"] = ["Saki.Inference"],
        ["Saki.Cli"] = ["Saki.Torch", "Saki.Server"],
    };

    [Fact]
    public void Every_project_references_only_what_its_border_allows()
    {
        var offenders = Projects()
            .SelectMany(p => References(p.File, "ProjectReference").Select(r => (p.Name, To: Path.GetFileNameWithoutExtension(r))))
            .Where(edge => !Allowed.TryGetValue(edge.Name, out var allowed) || !allowed.Contains(edge.To))
            .Select(edge => $"{edge.Name} -> {edge.To}")
            .ToList();

        Assert.True(offenders.Count == 0, "Forbidden references: " + string.Join(", ", offenders));
        Assert.Equal(Allowed.Keys.Order(), Projects().Select(p => p.Name).Order());
    }

    [Fact]
    public void Only_the_server_references_the_web_framework()
    {
        var web = Projects().Where(p => References(p.File, "FrameworkReference").Any()).Select(p => p.Name);

        Assert.Equal(["Saki.Server"], web);
    }

    private static IEnumerable<(string Name, string File)> Projects() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => (Path.GetFileNameWithoutExtension(file), file));

    private static IEnumerable<string> References(string project, string element) =>
        XDocument.Load(project).Descendants(element).Select(e => e.Attribute("Include")!.Value);
}
