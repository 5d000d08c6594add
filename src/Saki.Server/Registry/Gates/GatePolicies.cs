using System.Text;
using Saki.Gates;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Server.Registry.Gates;

/// <summary>A model's policy as it is in force.</summary>
/// <param name="Policy">What it demands.</param>
/// <param name="Text">As it was written.</param>
/// <param name="Digest">Of the text, 64 hex digits.</param>
internal sealed record PolicyInForce(GatePolicy Policy, string Text, string Digest);

/// <summary>The policies of this installation, <c>policies/NAME.yaml</c>. Read anew each time, so that a file edited by hand counts from the next move on.</summary>
internal sealed class GatePolicies(string folder)
{
    private const int LongestFileName = 250;

    /// <summary>The policy of a model; null when it has none.</summary>
    /// <exception cref="SakiException">The file is no policy: no version moves until it is mended.</exception>
    public PolicyInForce? Find(string model)
    {
        if (Place(model) is not { } path || !File.Exists(path)) return null;
        if (new FileInfo(path).Length > GatePolicy.Longest) throw new SakiException($"Reading {Name(model)}", $"at most {GatePolicy.Longest:N0} bytes", "more");
        var bytes = File.ReadAllBytes(path);
        var text = Encoding.UTF8.GetString(bytes);
        return new PolicyInForce(GatePolicy.Parse(text, Name(model)), text, Digest.Of(bytes).ToString());
    }

    /// <summary>Replaces or removes (null) the policy of a model and gives the new one's digest.</summary>
    /// <exception cref="SakiException">It is no policy.</exception>
    public string? Set(string model, string? text)
    {
        var path = Place(model) ?? throw MlflowException.BadValue($"Policy: expected a model whose name has at most {LongestFileName} bytes, got a longer one");
        if (text is null)
        {
            File.Delete(path);
            return null;
        }
        GatePolicy.Parse(text, Name(model));
        var bytes = Encoding.UTF8.GetBytes(text);
        Directory.CreateDirectory(folder);
        DurableFile.Write(path, bytes);
        return Digest.Of(bytes).ToString();
    }

    /// <summary>Takes the policy along, so that a new name is no way around it. A policy that lies under the new name already stays.</summary>
    public void Rename(string model, string newName)
    {
        if (Place(model) is not { } from || !File.Exists(from)) return;
        var to = Place(newName) ?? throw MlflowException.BadValue($"Renaming a model with a policy: expected a name of at most {LongestFileName} bytes, got a longer one");
        if (!File.Exists(to)) DurableFile.Write(to, File.ReadAllBytes(from));
        File.Delete(from);
    }

    private string? Place(string model)
    {
        if (!RegistryNames.IsModel(model)) return null;
        return Encoding.UTF8.GetByteCount(model) <= LongestFileName ? Path.Combine(folder, $"{model}.yaml") : null;
    }

    private static string Name(string model) => $"policies/{model}.yaml";
}
