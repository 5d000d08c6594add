using System.Globalization;
using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>
/// Which places a client may name for artifacts. Folders of the server are refused altogether (they were the root of most advisories against MLflow), and so are
/// forms that two readers could read differently: fragments, params, hidden <c>..</c>. The text is decoded until it no longer changes, once, and then judged.
/// </summary>
internal static class ArtifactLocation
{
    /// <summary>Longest location, in characters.</summary>
    public const int Longest = 2048;

    private static readonly string[] Schemes = ["mlflow-artifacts", "s3", "gs", "wasbs", "abfss", "dbfs", "hdfs", "viewfs", "r2", "http", "https", "ftp", "sftp", "models"];

    /// <summary>An experiment's <c>artifact_location</c> as it is kept.</summary>
    /// <exception cref="MlflowException">It is refused.</exception>
    public static string Checked(string location)
    {
        if (location.Length > Longest) throw MlflowException.BadValue($"Invalid artifact location: it exceeds the maximum length of {Longest} characters");
        return IsRemote(location) ? location
            : throw MlflowException.BadValue("Invalid artifact location: expected a URI such as mlflow-artifacts:/, s3:// or https://, without a fragment, params or '..'; a folder of the server cannot be named");
    }

    /// <summary>Whether it names a place that is no folder of this machine, in a form that leaves no doubt.</summary>
    public static bool IsRemote(string location)
    {
        var plain = Decode(location);
        var colon = plain.IndexOf(':');
        if (colon <= 0 || !Schemes.Contains(plain[..colon], StringComparer.Ordinal)) return false;
        var rest = plain[(colon + 1)..];
        if (plain.Any(char.IsControl) || rest.AsSpan().ContainsAny('#', ';', '\\')) return false;
        if (rest.Split('/', '?', '&', '=').Any(part => part.Trim() is ".." or ".")) return false;
        var needsHost = plain[..colon] is not ("mlflow-artifacts" or "models" or "dbfs");
        return !needsHost || (rest.StartsWith("//", StringComparison.Ordinal) && rest.Length > 2 && char.IsLetterOrDigit(rest[2]));
    }

    /// <summary>Percent-decodes until nothing changes, and makes one form of letters that look alike.</summary>
    public static string Decode(string text)
    {
        for (var round = 0; round < 16; round++)
        {
            var decoded = Uri.UnescapeDataString(text);
            if (decoded == text) return text;
            text = decoded;
        }
        throw MlflowException.BadValue("Invalid path");
    }

    /// <summary>Where the artifacts of an experiment lie when nothing else was said.</summary>
    public static string OfExperiment(long id) => string.Create(CultureInfo.InvariantCulture, $"mlflow-artifacts:/{id}");
}
