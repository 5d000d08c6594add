using System.Text.RegularExpressions;

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>Makes the library's messages fit to be shown: one line, no paths of this machine or of the one that built the library.</summary>
internal static partial class OrtMessage
{
    private const int Longest = 600;

    /// <summary>A path keeps its last part only. Node names of exporters look like paths too (<c>/layer1/conv</c>): they stay whole.</summary>
    public static string Clean(string message)
    {
        var text = SourceLine().Replace(message, "");
        text = Absolute().Replace(text, match => IsPath(match.Value) ? match.Value[(match.Value.TrimEnd('/').LastIndexOf('/') + 1)..] : match.Value);
        text = Spaces().Replace(text, " ").Trim().TrimEnd('.');
        return text.Length <= Longest ? text : text[..Longest] + "…";
    }

    // A path of this machine starts with a folder that exists at its root.
    private static bool IsPath(string token)
    {
        var end = token.IndexOf('/', 1);
        return end > 0 && Directory.Exists(token[..end]);
    }

    // "/onnxruntime_src/onnxruntime/core/graph/model.cc:182 onnxruntime::Model::Model(...) "
    [GeneratedRegex(@"\S*/onnxruntime/(core|test|contrib_ops)/\S+\.(cc|h|cpp):\d+\s*(.*?\))?(?=\s|$)")]
    private static partial Regex SourceLine();

    [GeneratedRegex(@"(?<![\w.])/[^\s""'\[\](),;:]+")]
    private static partial Regex Absolute();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
