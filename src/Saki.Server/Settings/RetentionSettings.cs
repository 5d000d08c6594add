using System.Text.Json;
using System.Text.Json.Serialization;
using Saki.Storage;

namespace Saki.Server.Settings;

/// <summary>How many days each kind of thing is kept, by the key of its <see cref="RetentionRule"/>; what is not named is kept as the rule says by itself, and null means for good.</summary>
internal sealed record RetentionSettings
{
    public const int MostDays = 36_500;

    /// <summary>Days by rule; null: for good.</summary>
    public IReadOnlyDictionary<string, int?> Days { get; init; } = new Dictionary<string, int?>(StringComparer.Ordinal);
}

/// <summary><c>retention.json</c> of the home folder, read anew each time: what one server saves the others obey.</summary>
internal sealed class RetentionFile(SakiHome home, TimeSpan keepFeedback)
{
    /// <summary>The rule of the pictures that people agreed to have kept.</summary>
    public const string Feedback = "feedback";

    private const int LongestFile = 64_000;

    /// <summary>Where it lies.</summary>
    public string Path { get; } = System.IO.Path.Combine(home.Root, "retention.json");

    /// <summary>How long pictures are kept that people agreed to have kept.</summary>
    public int FeedbackDays
    {
        get
        {
            var most = (int)keepFeedback.TotalDays;
            try
            {
                return Math.Min(Days(Read(), Feedback, most) ?? most, most);
            }
            catch (SakiException)
            {
                return most;
            }
        }
    }

    /// <summary>What was saved; nothing when there is no file.</summary>
    /// <exception cref="SakiException">The file cannot be understood: nothing is deleted by a guess.</exception>
    public RetentionSettings Read()
    {
        if (!File.Exists(Path)) return new RetentionSettings();
        try
        {
            if (new FileInfo(Path).Length > LongestFile) throw new JsonException("too long");
            var settings = JsonSerializer.Deserialize(File.ReadAllText(Path), RetentionJson.Default.RetentionSettings) ?? throw new JsonException("empty");
            return settings.Days.Values.All(days => days is null or (>= 1 and <= RetentionSettings.MostDays)) ? settings : throw new JsonException("out of range");
        }
        catch (JsonException)
        {
            throw new SakiException("Reading what is kept how long", $"days from 1 to {RetentionSettings.MostDays}, or null, for each kind in retention.json", "another form", "Save it anew on the page Settings, Retention. Until then nothing is deleted.");
        }
    }

    public void Save(RetentionSettings settings) => DurableFile.Write(Path, JsonSerializer.Serialize(settings, RetentionJson.Default.RetentionSettings));

    /// <summary>The days of a rule.</summary>
    public static int? Days(RetentionSettings settings, string rule, int? usual) => settings.Days.TryGetValue(rule, out var days) ? days : usual;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RetentionSettings))]
internal sealed partial class RetentionJson : JsonSerializerContext;
