using System.Text.Json;
using System.Text.Json.Serialization;

namespace Saki.Jobs;

/// <summary>The value of a job's argument: one text or several. In JSON a text, number, true, false or a list of them; numbers keep the digits they were sent with.</summary>
[JsonConverter(typeof(JobValueJson))]
public sealed record JobValue(IReadOnlyList<string> Items)
{
    /// <summary>One text.</summary>
    public static implicit operator JobValue(string text) => new([text]);

    /// <inheritdoc/>
    public bool Equals(JobValue? other) => other is not null && Items.SequenceEqual(other.Items, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Items.Count == 0 ? 0 : StringComparer.Ordinal.GetHashCode(Items[0]) ^ Items.Count;

    /// <summary>The items with commas between them.</summary>
    public override string ToString() => string.Join(", ", Items);
}

/// <summary>Writes one text as a text and several as a list.</summary>
public sealed class JobValueJson : JsonConverter<JobValue>
{
    /// <inheritdoc/>
    public override JobValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return new JobValue([Scalar(ref reader)]);
        var items = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(Scalar(ref reader));
        return new JobValue(items);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JobValue value, JsonSerializerOptions options)
    {
        if (value.Items is [var only])
        {
            writer.WriteStringValue(only);
            return;
        }
        writer.WriteStartArray();
        foreach (var item in value.Items) writer.WriteStringValue(item);
        writer.WriteEndArray();
    }

    private static string Scalar(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
        _ => throw new JsonException("expected a text, a number, true, false, or a list of them"),
    };
}
