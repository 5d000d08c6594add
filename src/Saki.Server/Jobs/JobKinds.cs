using System.Text.RegularExpressions;
using Saki.Configuration;
using Saki.Jobs;
using Saki.Server.Http;

namespace Saki.Server.Jobs;

/// <summary>
/// The kinds of this installation: Saki's own and <c>kinds/*.yaml</c> of the home folder, read anew each time. Only who can write that folder can add a program; over HTTP a kind is chosen, never described.
/// </summary>
internal sealed partial class JobKinds(SakiHome home)
{
    private const int Longest = 65_536, Most = 200;

    private static readonly IReadOnlyList<JobKind> Own = [.. typeof(JobKinds).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith("kinds/", StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal).Select(Load)];

    /// <summary>All of them, Saki's own first, and what is wrong with files that are left out.</summary>
    public (IReadOnlyList<JobKind> Kinds, IReadOnlyList<string> Mistakes) All()
    {
        var (kinds, mistakes) = (Own.ToList(), new List<string>());
        if (!Directory.Exists(home.Kinds)) return (kinds, mistakes);
        foreach (var file in Directory.EnumerateFiles(home.Kinds, "*.yaml").Order(StringComparer.Ordinal).Take(Most))
        {
            try
            {
                if (new FileInfo(file).Length > Longest) throw new SakiException($"Reading {Path.GetFileName(file)}", $"at most {Longest:N0} bytes", "more");
                var kind = Parse(File.ReadAllText(file), Path.GetFileName(file));
                if (kinds.Any(known => known.Kind == kind.Kind)) throw new SakiException($"Reading {Path.GetFileName(file)}", "a kind of its own", $"\"{kind.Kind}\", which is another's");
                kinds.Add(kind);
            }
            catch (Exception failure) when (failure is SakiException or IOException or UnauthorizedAccessException)
            {
                mistakes.Add(failure.Message);
            }
        }
        return (kinds, mistakes);
    }

    /// <summary>The kind of that name.</summary>
    /// <exception cref="RequestException">There is none.</exception>
    public JobKind Get(string name)
    {
        var (kinds, mistakes) = All();
        return kinds.FirstOrDefault(kind => kind.Kind == name) ?? throw new RequestException(422, "Starting a job", "a kind that exists", $"\"{name}\"",
            mistakes.Count > 0 ? mistakes[0] : DidYouMean.Hint(name, [.. kinds.Select(kind => kind.Kind)]));
    }

    /// <summary>Reads a description.</summary>
    /// <exception cref="SakiException">An unknown key, a wrong value, or parts that do not fit together.</exception>
    public static JobKind Parse(string text, string source)
    {
        var root = ConfigYaml.Parse(text, source) as ConfigMap ?? throw new SakiException($"Reading {source}", "a map of keys such as kind and command", "another form");
        var kind = new ConfigBinder().Bind<JobKind>(root);
        if (!Name().IsMatch(kind.Kind)) throw Wrong("kind", "1 to 40 letters, digits, - and _", kind.Kind);
        if (kind.Command.Count == 0) throw Wrong("command", "a program", "none");
        if (kind.Frozen is { } frozen && (kind.Check is null || !RelativePath().IsMatch(frozen))) throw Wrong("frozen", "a relative path such as config/train.yaml, together with check", frozen);
        if (kind.FrozenDatasets.Count > 0 && kind.Frozen is null) throw Wrong("frozen_datasets", "frozen besides", "none");
        if (kind.Memory is { } memory && ByteSize.TryParse(memory) is null) throw Wrong("memory", "a size such as 4 GB", memory);
        foreach (var argument in kind.Arguments) Check(argument);
        if (kind.Arguments.Select(argument => argument.Name).Distinct().Count() < kind.Arguments.Count) throw Wrong("arguments", "names that differ", "the same twice");
        return kind;

        void Check(JobArgument argument)
        {
            if (!Name().IsMatch(argument.Name)) throw Wrong("arguments", "names of 1 to 40 letters, digits, - and _", argument.Name);
            if (argument.Type == JobArgumentType.Choice && argument.Choices.Count == 0) throw Wrong(argument.Name, "choices", "none");
            if (argument.Pattern is { } pattern && JobArguments.Compile(pattern) is null) throw Wrong(argument.Name, "a regular expression without look-around and back-references", pattern);
            if (argument.Default is not null) JobArguments.Read(argument, null);
        }

        SakiException Wrong(string key, string expected, string got) => new($"Reading {source}", $"{key}: {expected}", $"\"{got}\"");
    }

    private static JobKind Load(string resource)
    {
        using var reader = new StreamReader(typeof(JobKinds).Assembly.GetManifestResourceStream(resource)!);
        return Parse(reader.ReadToEnd(), resource);
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.[a-z]+$")]
    private static partial Regex RelativePath();
}
