using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>The command that does a run again, from what the run itself says. Everything in it that was logged is quoted for the shell: it is copied and pasted.</summary>
internal static class ReproduceCommand
{
    private const int LongestValue = 300;

    /// <summary>The command; null when the run does not say how it was started.</summary>
    /// <param name="run">The run.</param>
    /// <param name="overrides">What was typed behind <c>saki train</c>; null when not known.</param>
    public static string? Of(Run run, IReadOnlyList<string>? overrides)
    {
        if (overrides is not null) return Lines(["saki train", .. overrides.Select(Quote)]);
        if (Tag(run, SakiTags.Dataset) is not null) return Lines(["saki train", .. run.Data.Params.Where(item => item.Value.Length <= LongestValue).Select(item => Quote($"++{item.Key}={item.Value}"))]);
        if (Tag(run, "mlflow.source.name") is not { Length: > 0 and <= LongestValue } source) return null;
        var checkout = Tag(run, "mlflow.source.git.commit") is { Length: >= 7 and <= 64 } commit && commit.All(char.IsAsciiHexDigit) ? $"git checkout {commit}\n" : "";
        return source.EndsWith(".py", StringComparison.Ordinal) ? $"{checkout}python {Quote(source)}" : checkout + Quote(source);
    }

    /// <summary>A text as one word of a POSIX shell.</summary>
    public static string Quote(string text)
    {
        var plain = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return plain.Length > 0 && plain[0] != '-' && plain.All(c => char.IsAsciiLetterOrDigit(c) || "_./=+:@%,-".Contains(c)) ? plain : $"'{plain.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static string Lines(IEnumerable<string> words) => string.Join(" \\\n  ", words);

    private static string? Tag(Run run, string key) => run.Data.Tags.FirstOrDefault(tag => tag.Key == key)?.Value;
}
