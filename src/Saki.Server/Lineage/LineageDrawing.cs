using System.Globalization;
using Saki.Tracking;

namespace Saki.Server.Lineage;

/// <summary>A graph laid out in columns, the origins on the left. Lengths are CSS pixels.</summary>
/// <param name="Width">Of the whole.</param>
/// <param name="Height">Of the whole.</param>
/// <param name="Boxes">What is drawn.</param>
/// <param name="Lines">Paths between the boxes.</param>
/// <param name="Columns">The head of each column and where it begins.</param>
/// <param name="Left">How many things have no room in the picture; the list beneath has them.</param>
public sealed record LineageDrawing(int Width, int Height, IReadOnlyList<LineageBox> Boxes, IReadOnlyList<LineageLine> Lines, IReadOnlyList<(string Title, int X)> Columns, int Left)
{
    /// <summary>Width and height of a box.</summary>
    public const int BoxWidth = 176, BoxHeight = 44;

    private const int Gap = 44, Step = 56, Top = 28, MostRows = 30;

    private static readonly (string Title, string[] Kinds)[] Ranks =
        [("Samples", ["sample", "samples"]), ("Data set, settings", ["data", "config"]), ("Run", ["run"]), ("Package", ["package"]), ("Model", ["model"])];

    internal static LineageDrawing Of(LineageGraph graph)
    {
        var columns = Ranks.Select(rank => (rank.Title, Nodes: graph.Nodes.Where(node => rank.Kinds.Contains(node.Kind)).ToList())).Where(column => column.Nodes.Count > 0).ToList();
        var boxes = new Dictionary<string, LineageBox>();
        var rows = Math.Min(MostRows, columns.Count == 0 ? 0 : columns.Max(column => column.Nodes.Count));
        for (var i = 0; i < columns.Count; i++)
        {
            var shown = InOrder(columns[i].Nodes, graph, boxes).Take(MostRows).ToList();
            // Each column stands in the middle of the highest one.
            var y = Top + ((rows - shown.Count) * Step / 2);
            foreach (var node in shown)
            {
                boxes[node.Id] = new LineageBox(node, i * (BoxWidth + Gap), y, node.Id == graph.Of);
                y += Step;
            }
        }
        var width = (columns.Count * (BoxWidth + Gap)) - Gap;
        var lines = graph.Edges.Where(edge => boxes.ContainsKey(edge.From) && boxes.ContainsKey(edge.To)).Select(edge => Line(boxes[edge.From], boxes[edge.To], edge)).ToList();
        return new LineageDrawing(Math.Max(width, BoxWidth), Top + (Math.Max(rows, 1) * Step), [.. boxes.Values], lines,
            [.. columns.Select((column, i) => (column.Title, i * (BoxWidth + Gap)))], graph.Nodes.Count - boxes.Count);
    }

    // By the mean height of what a thing came from, so that fewer lines cross; what was asked about is never left out.
    private static IEnumerable<LineageNode> InOrder(List<LineageNode> nodes, LineageGraph graph, Dictionary<string, LineageBox> placed)
    {
        var from = graph.Edges.Where(edge => placed.ContainsKey(edge.From)).ToLookup(edge => edge.To, edge => placed[edge.From].Y);
        return nodes.OrderBy(node => nodes.Count > MostRows && node.Id == graph.Of ? 0 : 1).ThenBy(node => from[node.Id].DefaultIfEmpty(int.MaxValue).Average());
    }

    private static LineageLine Line(LineageBox from, LineageBox to, LineageEdge edge)
    {
        var (x1, y1, x2, y2) = (from.X + BoxWidth, from.Y + (BoxHeight / 2), to.X, to.Y + (BoxHeight / 2));
        var bend = (x2 - x1) / 2;
        return new LineageLine(string.Create(CultureInfo.InvariantCulture, $"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"), edge.What);
    }
}

/// <summary>One thing in the picture.</summary>
/// <param name="Node">The thing.</param>
/// <param name="X">Of its left side.</param>
/// <param name="Y">Of its upper side.</param>
/// <param name="Subject">Whether it was asked about.</param>
public sealed record LineageBox(LineageNode Node, int X, int Y, bool Subject);

/// <summary>One line in the picture.</summary>
/// <param name="Path">In the words of SVG.</param>
/// <param name="What">How the one went into the other.</param>
public sealed record LineageLine(string Path, string What);
