using System.Globalization;
using System.Text;

namespace Saki.Pipelines;

/// <summary>What a person should know before using a model; written as <c>card.md</c>. Says what is not known instead of leaving it out.</summary>
public sealed record ModelCard
{
    /// <summary>Its name inside a package.</summary>
    public const string FileName = "card.md";

    /// <summary>What the model does, in a sentence; null: made from the pipeline.</summary>
    public string? Summary { get; init; }

    /// <summary>The network's name and settings.</summary>
    public string? Network { get; init; }

    /// <summary>The training data's name and version: <c>fer2013@8c1d0c2f5b1e:train</c>.</summary>
    public string? Data { get; init; }

    /// <summary>The run's id.</summary>
    public string? Run { get; init; }

    /// <summary>Measured values with the split they were measured on: <c>("val accuracy", 0.61)</c>.</summary>
    public IReadOnlyList<(string Name, double Value)> Metrics { get; init; } = [];

    /// <summary>Where the model should not be trusted.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>The file's text (Markdown).</summary>
    public string Write(string model, Pipeline pipeline)
    {
        const string Unknown = "not recorded";
        var text = new StringBuilder();
        text.Append($"# {model}\n\n{Line(Summary) ?? $"Sorts pictures into {pipeline.Labels.Count} classes."}\n\n");
        text.Append($"| | |\n|---|---|\n| network | {Line(Network) ?? Unknown} |\n| training data | {Line(Data) ?? Unknown} |\n| run | {Line(Run) ?? Unknown} |\n\n");
        text.Append("## Measured\n\n");
        if (Metrics.Count == 0) text.Append("Nothing was measured when this package was made. `saki evaluate` does it on your data.\n");
        foreach (var (name, value) in Metrics) text.Append($"- {Line(name)}: {value.ToString("0.####", CultureInfo.InvariantCulture)}\n");
        text.Append("\n## Limits\n\n");
        foreach (var limit in Limits) text.Append($"- {Line(limit)}\n");
        text.Append("- It answers with one of its classes for any picture, also for one that shows none of them");
        text.Append(pipeline.Reject is { } reject ? $", unless the best probability is below {reject.Below.ToString(CultureInfo.InvariantCulture)}.\n" : ".\n");
        text.Append("- Probabilities are the model's own and were not calibrated.\n\n## Preprocessing\n\n```yaml\n").Append(PipelineFile.Write(pipeline)).Append("```\n\n");
        text.Append("## Classes, in the order of the output\n\n");
        for (var i = 0; i < pipeline.Labels.Count; i++) text.Append($"{i}. {Line(pipeline.Labels[i])}\n");
        return text.ToString();
    }

    // One line, and nothing that Markdown would take for markup of a table.
    private static string? Line(string? text) => text?.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal).Trim();
}
