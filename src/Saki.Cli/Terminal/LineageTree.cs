using Saki.Tracking;

namespace Saki.Cli.Terminal;

/// <summary>A lineage as two trees under the thing that was asked about: what it came from, then what came of it.</summary>
internal sealed class LineageTree(LineageGraph graph)
{
    private readonly Dictionary<string, LineageNode> _nodes = graph.Nodes.ToDictionary(node => node.Id);
    private readonly ILookup<string, LineageEdge> _into = graph.Edges.ToLookup(edge => edge.To);
    private readonly ILookup<string, LineageEdge> _outOf = graph.Edges.ToLookup(edge => edge.From);
    private readonly HashSet<string> _written = [];

    public void Write(TextWriter output)
    {
        output.WriteLine(Line(_nodes[graph.Of]));
        Part(output, "came from", _into, edge => edge.From);
        Part(output, "came of it", _outOf, edge => edge.To);
        if (graph.Left > 0) output.WriteLine("There are more runs or versions; the newest are listed.");
    }

    private void Part(TextWriter output, string title, ILookup<string, LineageEdge> edges, Func<LineageEdge, string> other)
    {
        if (!edges[graph.Of].Any()) return;
        output.WriteLine(title);
        _written.Clear();
        Branch(output, graph.Of, "", edges, other);
    }

    private void Branch(TextWriter output, string id, string indent, ILookup<string, LineageEdge> edges, Func<LineageEdge, string> other)
    {
        var next = edges[id].ToList();
        for (var i = 0; i < next.Count; i++)
        {
            var last = i == next.Count - 1;
            var node = _nodes[other(next[i])];
            var first = _written.Add(node.Id);
            var more = !first && edges[node.Id].Any();
            output.WriteLine($"{indent}{(last ? "└─ " : "├─ ")}{next[i].What}: {Line(node)}{(more ? " (see above)" : "")}");
            if (first) Branch(output, node.Id, indent + (last ? "   " : "│  "), edges, other);
        }
    }

    private static string Line(LineageNode node)
    {
        var digest = node.Digest is { } known && !node.Name.Contains(Short(known), StringComparison.Ordinal) ? Short(known) : null;
        return string.Join("  ", ((string?[])[$"{node.Kind} {node.Name}", digest, node.Note]).OfType<string>());
    }

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;
}
