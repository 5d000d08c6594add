using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;
using Saki.Datasets;
using Saki.Storage;
using Saki.Tracking;
using DatasetSummary = Saki.Datasets.DatasetSummary;

namespace Saki.Server.Lineage;

/// <summary>Puts one answer together: each thing and each edge once, on one snapshot of the database.</summary>
internal sealed class LineageBuilder(DbConnection connection, IReadOnlyList<DatasetSummary> datasets)
{
    private static readonly string[] Order = ["sample", "samples", "data", "config", "run", "package", "model"];
    private readonly Dictionary<string, LineageNode> _nodes = [];
    private readonly HashSet<LineageEdge> _edges = [];
    private int _left;

    public LineageGraph Build(string of) => new(of, [.. _nodes.Values.OrderBy(node => Array.IndexOf(Order, node.Kind))], [.. _edges]) { Left = _left };

    /// <summary>A version, and all that it came from.</summary>
    public string Version(LineageVersion version)
    {
        var id = Add(new LineageNode($"model:{version.Name}/{version.Version}", "model", string.Create(CultureInfo.InvariantCulture, $"{version.Name} v{version.Version}"))
        {
            Note = version.Stage,
            Ask = string.Create(CultureInfo.InvariantCulture, $"models:/{version.Name}/{version.Version}"),
            Link = string.Create(CultureInfo.InvariantCulture, $"/models/{Uri.EscapeDataString(version.Name)}?version={version.Version}"),
        });
        var run = version.RunId.Length > 0 ? LineageQueries.Run(connection, version.RunId) : null;
        var source = run is null ? null : Run(run);
        if (version.Package is { Length: > 0 } digest)
        {
            var package = Package(digest);
            if (source is not null) Edge(source, package, "made");
            Edge(package, id, "registered");
        }
        else if (source is not null)
        {
            Edge(source, id, "registered");
        }
        foreach (var data in LineageQueries.MeasuredOn(connection, version.Name, version.Version)) Edge(Data(null, data), id, "measured on");
        return id;
    }

    /// <summary>A run, and all that it came from.</summary>
    public string Run(LineageRun run)
    {
        var id = $"run:{run.RunId}";
        if (_nodes.ContainsKey(id)) return id;
        Add(new LineageNode(id, "run", run.Name) { Note = run.Status.ToLowerInvariant(), Ask = $"runs:/{run.RunId}", Link = $"/runs/{run.RunId}" });
        if (Config(run.Id) is { } config) Edge(config, id, "settings");
        foreach (var (name, digest, use) in LineageQueries.Seen(connection, run.Id)) Edge(Data(name, digest), id, use.Length == 0 ? "trained on" : use);
        return id;
    }

    /// <summary>What was made of a run.</summary>
    public void After(LineageRun run)
    {
        foreach (var version in Cut(LineageQueries.OfRuns(connection, LineageQueries.Ids(connection, run)))) Version(version);
        if (connection.ExecuteScalar<string?>("SELECT value FROM run_tags WHERE run = @Id AND key = 'saki.package'", new { run.Id }) is not { } package) return;
        // The run says the first digits; a version of it says all of them.
        var whole = _nodes.Values.FirstOrDefault(node => node.Kind == "package" && node.Digest!.StartsWith(package, StringComparison.Ordinal))?.Digest;
        Edge($"run:{run.RunId}", Package(whole ?? package), "made");
    }

    /// <summary>A package.</summary>
    public string Package(string digest) => Add(new LineageNode($"package:{digest}", "package", Short(digest)) { Digest = digest, Ask = digest });

    /// <summary>A data set version and how many samples it holds.</summary>
    public string Data(string? name, string digest)
    {
        var id = $"data:{digest}";
        if (_nodes.ContainsKey(id)) return id;
        var here = datasets.FirstOrDefault(version => version.Digest.ToString() == digest);
        var title = here?.ToString() ?? $"{name ?? "data"}@{Short(digest)}";
        Add(new LineageNode(id, "data", title) { Digest = digest, Ask = digest, Note = here is null ? "not on this server" : $"{here.Classes.Count} classes" });
        if (here is not null)
        {
            Edge(Add(new LineageNode($"samples:{digest}", "samples", $"{here.Total.ToString("#,0", CultureInfo.InvariantCulture)} samples")
            {
                Note = string.Join(" · ", SplitNames.All.Where(split => here.Count(split) > 0).Select(split => $"{split.Name()} {here.Count(split).ToString("#,0", CultureInfo.InvariantCulture)}")),
            }), id, "in");
        }
        return id;
    }

    /// <summary>All that saw a data set version.</summary>
    public void After(string digest)
    {
        foreach (var run in Cut(LineageQueries.Saw(connection, digest)))
        {
            Run(run);
            After(run);
        }
        foreach (var version in Cut(LineageQueries.Measured(connection, digest))) Version(version);
    }

    /// <summary>One picture, as the data set versions hold it, and all that saw it.</summary>
    public string Sample(IReadOnlyList<HeldSample> held)
    {
        var digest = held[0].Digest.ToString();
        var id = Add(new LineageNode($"sample:{digest}", "sample", held[0].Path) { Digest = digest, Ask = digest, Note = string.Join(", ", held.Select(sample => sample.Label).Distinct()) });
        foreach (var sample in held)
        {
            Edge(id, Data(sample.Version.Name, sample.Version.Digest.ToString()), $"{sample.Split}: {sample.Label}");
            After(sample.Version.Digest.ToString());
        }
        return id;
    }

    // What a run was set to, whatever logged it: the digest of its parameters, sorted, each as name, "=", value, line feed.
    private string? Config(long run)
    {
        var settings = connection.Query<(string Key, string Value)>("SELECT key, value FROM run_params WHERE run = @run", new { run }).OrderBy(item => item.Key, StringComparer.Ordinal).ToList();
        if (settings.Count == 0) return null;
        var digest = Digest.Of(Encoding.UTF8.GetBytes(string.Concat(settings.Select(item => $"{item.Key}={item.Value}\n")))).ToString();
        return Add(new LineageNode($"config:{digest}", "config", $"{settings.Count} settings") { Digest = digest });
    }

    private List<T> Cut<T>(List<T> found)
    {
        if (found.Count <= LineageQueries.Most) return found;
        _left += found.Count - LineageQueries.Most;
        return found[..LineageQueries.Most];
    }

    private string Add(LineageNode node)
    {
        _nodes.TryAdd(node.Id, node);
        return node.Id;
    }

    private void Edge(string from, string to, string what) => _edges.Add(new LineageEdge(from, to, what));

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;
}
