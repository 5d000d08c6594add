using System.Text;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary>A model's policy as it is in force.</summary>
/// <param name="Policy">What it says.</param>
/// <param name="Text">As it was written.</param>
/// <param name="Digest">Of the text, 64 hex digits.</param>
internal sealed record PolicyInForce<T>(T Policy, string Text, string Digest);

/// <summary>The policies of one kind of this installation, a file <c>NAME.yaml</c> a model. Read anew each time, so that a file edited by hand counts from the next time on.</summary>
/// <param name="folder">Where they lie; need not exist.</param>
/// <param name="parse">Reads a policy from its text and what errors call it.</param>
internal sealed class PolicyFolder<T>(string folder, Func<string, string, T> parse)
{
    private const int LongestFileName = 250, Longest = 65_536;

    /// <summary>The policy of a model; null when it has none.</summary>
    /// <exception cref="SakiException">The file is no policy: nothing moves until it is mended.</exception>
    public PolicyInForce<T>? Find(string model)
    {
        if (Place(model) is not { } path || !File.Exists(path)) return null;
        if (new FileInfo(path).Length > Longest) throw new SakiException($"Reading {Name(model)}", $"at most {Longest:N0} bytes", "more");
        var bytes = File.ReadAllBytes(path);
        var text = Encoding.UTF8.GetString(bytes);
        return new PolicyInForce<T>(parse(text, Name(model)), text, Digest.Of(bytes).ToString());
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
        parse(text, Name(model));
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

    /// <summary>The models that have one, by name.</summary>
    public IReadOnlyList<string> Models => !Directory.Exists(folder) ? [] : [.. Directory.EnumerateFiles(folder, "*.yaml").Select(path => Path.GetFileNameWithoutExtension(path)!).Where(RegistryNames.IsModel).Order(StringComparer.Ordinal)];

    private string? Place(string model)
    {
        if (!RegistryNames.IsModel(model)) return null;
        return Encoding.UTF8.GetByteCount(model) <= LongestFileName ? Path.Combine(folder, $"{model}.yaml") : null;
    }

    private string Name(string model) => $"{Path.GetFileName(folder)}/{model}.yaml";
}
