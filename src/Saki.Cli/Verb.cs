using System.CommandLine;
using Saki.Torch.Networks;

namespace Saki.Cli;

/// <summary>A command with examples. One verb, one file under <c>Verbs/</c>.</summary>
/// <param name="name">The word to type.</param>
/// <param name="description">One line that starts with a verb.</param>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>The terminal of the invocation in progress, set by <see cref="SakiCommand"/> and by tests.</summary>
    public static readonly AsyncLocal<Terminal.Terminal> Terminal = new();

    /// <summary>The networks of the invocation in progress, set by <see cref="SakiCommand"/>.</summary>
    public static readonly AsyncLocal<NetworkRegistry> Networks = new();

    /// <summary>Lines that work as they stand.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];
}
