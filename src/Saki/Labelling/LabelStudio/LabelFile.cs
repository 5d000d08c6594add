using System.Text;
using System.Text.Json;
using Saki.Datasets;
using Saki.Storage;

namespace Saki.Labelling.LabelStudio;

/// <summary>Reads the labels out of a file of Label Studio: JSON, JSON lines, JSON_MIN, CSV or TSV, told by its first signs. Streams; skipped annotations are left out.</summary>
/// <param name="config">Says which control classifies and which key holds the picture; null takes the first choices of each annotation, and the columns <c>choice</c> and <c>image</c>.</param>
public sealed class LabelFile(LabelConfig? config = null)
{
    private readonly string? _control = config?.Classification().Choices.Name;
    private readonly string _image = config?.Classification().ImageKey ?? "image";

    /// <summary>Reads <paramref name="stream"/>, which must be able to go back to its start.</summary>
    /// <param name="stream">The file; stays open.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="SakiException">It is none of the formats, or lacks the picture's key.</exception>
    public IEnumerable<ImportedLabel> Read(Stream stream, string name)
    {
        var first = FirstSign(stream);
        return first is '[' or '{' ? ReadJson(stream, name) : ReadTable(stream, name);
    }

    private static int FirstSign(Stream stream)
    {
        int sign;
        do sign = stream.ReadByte();
        while (sign is ' ' or '\n' or '\r' or '\t' or 0xEF or 0xBB or 0xBF);
        stream.Position = 0;
        return sign;
    }

    private IEnumerable<ImportedLabel> ReadJson(Stream stream, string name)
    {
        foreach (var item in new JsonItems(stream, name).Read())
        {
            var task = item.RootElement;
            if (!task.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object)
            {
                if (Flat(task, name) is { } flat) yield return flat;
                continue;
            }
            if (!task.TryGetProperty("annotations", out var annotations) || annotations.ValueKind != JsonValueKind.Array) continue;
            foreach (var annotation in annotations.EnumerateArray())
            {
                if (annotation.TryGetProperty("was_cancelled", out var cancelled) && cancelled.ValueKind == JsonValueKind.True) continue;
                yield return Picture(data, name) with { Label = Choice(annotation, _control), Annotator = By(annotation, "completed_by"), GroundTruth = annotation.TryGetProperty("ground_truth", out var truth) && truth.ValueKind == JsonValueKind.True };
            }
        }
    }

    private ImportedLabel? Flat(JsonElement row, string name)
    {
        if (!row.TryGetProperty(_control ?? "choice", out var answer)) return null;
        return Picture(row, name) with { Label = answer.ValueKind == JsonValueKind.String ? answer.GetString() : null, Annotator = By(row, "annotator") };
    }

    private ImportedLabel Picture(JsonElement data, string name) => Picture(key => data.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null, name);

    private ImportedLabel Picture(Func<string, string?> field, string name) => new()
    {
        Image = field(_image) ?? throw new SakiException($"Reading {name}", $"the picture under the key \"{_image}\"", "a task without it", "Give the project's labelling config with --config."),
        Path = field("path"),
        Digest = Storage.Digest.TryParse(field("digest"), out var digest) ? digest : null,
    };

    /// <summary>The one class that an annotation chose; null when it chose none or several.</summary>
    /// <param name="annotation">An object of Label Studio.</param>
    /// <param name="control">The control that classifies; null for any.</param>
    public static string? Choice(JsonElement annotation, string? control)
    {
        if (!annotation.TryGetProperty("result", out var results) || results.ValueKind != JsonValueKind.Array) return null;
        foreach (var result in results.EnumerateArray())
        {
            if (result.ValueKind != JsonValueKind.Object || (control is not null && !(result.TryGetProperty("from_name", out var from) && from.ValueEquals(control)))) continue;
            if (result.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.Object && value.TryGetProperty("choices", out var choices)
                && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() == 1 && choices[0].ValueKind == JsonValueKind.String) return choices[0].GetString();
        }
        return null;
    }

    private static string? By(JsonElement annotation, string key)
    {
        if (!annotation.TryGetProperty(key, out var by)) return null;
        return by.ValueKind switch
        {
            JsonValueKind.Object => by.TryGetProperty("email", out var email) ? email.ToString() : null,
            JsonValueKind.Null => null,
            _ => by.ToString(),
        };
    }

    private IEnumerable<ImportedLabel> ReadTable(Stream stream, string name)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, true, 1 << 16, leaveOpen: true);
        var table = new DelimitedReader(reader, name);
        if (!table.TryRead(out var header)) yield break;
        var columns = header.Select((column, index) => (column, index)).ToDictionary(x => x.column, x => x.index, StringComparer.Ordinal);
        if (!columns.TryGetValue(_control ?? "choice", out var choice))
            throw new SakiException($"Reading {name}", $"a column \"{_control ?? "choice"}\"", string.Join(", ", header.Take(20).Select(DatasetName.Printable)), "Give the project's labelling config with --config.");
        while (table.TryRead(out var row))
        {
            var label = row[choice].Length == 0 || row[choice].StartsWith('{') || row[choice].StartsWith('[') ? null : row[choice];
            yield return Picture(key => columns.TryGetValue(key, out var at) ? row[at] : null, name) with { Label = label, Annotator = columns.TryGetValue("annotator", out var by) ? row[by] : null };
        }
    }
}
