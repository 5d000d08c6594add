using System.CommandLine;

namespace Saki.Cli.Terminal;

/// <summary>Asks before something is destroyed.</summary>
internal static class Confirmation
{
    /// <summary><c>--yes</c>.</summary>
    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Do not ask" };

    /// <summary>Whether the person at the terminal agrees.</summary>
    /// <param name="what">What would go, as a question.</param>
    /// <param name="yes">Agreed beforehand.</param>
    /// <exception cref="SakiException">Nobody is there to ask.</exception>
    public static bool Ask(string what, bool yes)
    {
        if (yes) return true;
        if (Console.IsInputRedirected || Console.IsErrorRedirected) throw new SakiException("Asking", "a person at a terminal, or --yes", "neither", "Add --yes if that is meant.");
        Console.Error.Write($"{what} [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
