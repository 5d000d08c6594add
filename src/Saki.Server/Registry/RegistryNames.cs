using System.Globalization;
using Saki.Server.Tracking;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary>What models, aliases, tags and sources may be called.</summary>
internal static class RegistryNames
{
    private const int LongestAlias = 255, LongestTagKey = 250, LongestTagValue = 100_000;

    public static void CheckModel(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw MlflowException.BadValue("Registered model name cannot be empty.");
        if (!IsPlain(name))
            throw MlflowException.BadValue($"Invalid name: '{name}'. Names cannot contain '/' or ':', and must be a plain path.");
        if (name.Length > 256) throw MlflowException.BadValue("Registered model name exceeds the maximum length of 256 characters");
    }

    /// <summary>Whether a model can be called so, which makes it a plain file name too.</summary>
    public static bool IsModel(string name) => !string.IsNullOrWhiteSpace(name) && IsPlain(name);

    public static void CheckAlias(string alias)
    {
        if (alias.Length > LongestAlias) throw MlflowException.BadValue($"Registered model alias name exceeds the maximum length of {LongestAlias} characters");
        if (!alias.All(c => char.IsLetterOrDigit(c) || c is '_' or '-')) throw MlflowException.BadValue($"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_) and dashes (-).");
        // Two spellings of one name would be two doors to Production.
        if (alias.ToLowerInvariant() is var small && small != alias && RegistryMoves.StageOf(small) is not null) throw MlflowException.BadValue($"Invalid alias name: '{alias}'. Write '{small}'.");
        if (alias.Equals("latest", StringComparison.OrdinalIgnoreCase)) throw MlflowException.BadValue("'latest' alias name (case insensitive) is reserved.");
        if (alias.Length > 1 && alias[0] is 'v' or 'V' && alias.Skip(1).All(char.IsAsciiDigit)) throw MlflowException.BadValue($"Version alias name '{alias}' is reserved.");
    }

    public static Tag CheckTag(Tag tag)
    {
        LogLimits.Key(tag.Key, "tag");
        if (tag.Key.Length > LongestTagKey || tag.Value.Length > LongestTagValue) throw MlflowException.BadValue($"Tag value exceeds the maximum length of {LongestTagValue} characters");
        return tag;
    }

    private static bool IsPlain(string name) => !name.AsSpan().ContainsAny('/', ':') && name is not ("." or "..") && !name.Any(char.IsControl);

    public static long Version(string version) => long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw MlflowException.BadValue($"Parameter 'version' must be an integer, got '{(version.Length > 40 ? version[..40] : version)}'.");

    /// <summary>What MLflow's client gives as the source of a prompt's version. Nothing else is let through for prompts: their tag once switched the check of sources off (CVE-2026-2614).</summary>
    public const string SourceOfPrompts = "dummy-source";

    /// <summary>Refuses sources that are folders of the server or could be read in two ways; a run's files are named by the server's own URIs.</summary>
    public static void CheckSource(string source)
    {
        var plain = ArtifactLocation.Decode(source);
        if (plain.Length > ArtifactLocation.Longest) throw MlflowException.BadValue($"Invalid model version source: it exceeds the maximum length of {ArtifactLocation.Longest} characters");
        if (plain.StartsWith("runs:/", StringComparison.Ordinal) ? ArtifactLocation.IsRemote($"mlflow-artifacts:/{plain["runs:/".Length..]}") : ArtifactLocation.IsRemote(source)) return;
        var shown = source.Length > 200 ? $"{source[..200]}…" : source;
        throw MlflowException.BadValue(plain.Contains("://", StringComparison.Ordinal) && !plain.StartsWith("file", StringComparison.OrdinalIgnoreCase)
            ? $"Invalid model version source: '{shown}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path."
            : $"Invalid model version source: '{shown}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.");
    }
}
