using Saki.Pipelines;
using Saki.Storage;

namespace Saki.Inference.Serving;

/// <summary>
/// A model as MLflow's own client logs it: a folder with a file <c>MLmodel</c>. Served are those of the flavour onnx; a <c>pipeline.yaml</c> beside them makes them take pictures.
/// Nothing else in the folder is read.
/// </summary>
public static class MlflowModel
{
    /// <summary>The file that makes a folder one.</summary>
    public const string File = MLmodelFile.Name;

    private const long MostText = 1 << 20;

    /// <summary>True for the folder of one.</summary>
    public static bool IsModel(string folder) => System.IO.File.Exists(Path.Combine(folder, File));

    /// <summary>The name of its ONNX file, a bare one.</summary>
    /// <exception cref="SakiException">It has no flavour onnx, or names a file elsewhere.</exception>
    public static string ModelFileOf(string folder)
    {
        var path = Path.Combine(folder, File);
        if (new FileInfo(path).Length > MostText) throw Wrong("a larger file");
        // MLflow writes this file with one key on a line; of "flavors", "onnx" and then "data" are looked for.
        var (inFlavors, inOnnx) = (false, false);
        foreach (var line in System.IO.File.ReadLines(path))
        {
            var indent = line.Length - line.TrimStart(' ').Length;
            var text = line.Trim();
            if (indent == 0) (inFlavors, inOnnx) = (text == "flavors:", false);
            else if (inFlavors && indent == 2) inOnnx = text == "onnx:";
            else if (inOnnx && indent == 4 && text.StartsWith("data:", StringComparison.Ordinal)) return Bare(text["data:".Length..].Trim().Trim('"', '\''));
        }
        throw Wrong("other flavours");
    }

    internal static ModelPlan Open(string folder, string source)
    {
        var file = Path.Combine(folder, ModelFileOf(folder));
        if (!System.IO.File.Exists(file)) throw Wrong($"no file {Path.GetFileName(file)}");
        using var content = System.IO.File.OpenRead(file);
        var pipeline = Path.Combine(folder, PipelineFile.Name);
        return new ModelPlan { Name = Path.GetFileName(folder), Version = Digest.Of(content).Short, Source = source, ModelFile = file, Pipeline = System.IO.File.Exists(pipeline) ? PipelineFile.Read(pipeline) : null };
    }

    private static string Bare(string name) => ModelPlan.IsName(name) ? name : throw Wrong("a file elsewhere");

    private static SakiException Wrong(string got) => new("Opening MLflow's model", "the flavour onnx with its file beside MLmodel", got, "Log it with mlflow.onnx.log_model, or register a package of saki train.");
}
