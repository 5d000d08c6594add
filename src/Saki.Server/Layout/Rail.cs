using System.Reflection;

namespace Saki.Server.Layout;

/// <summary>The pages that exist, in the order of a model's life.</summary>
internal static class Rail
{
    public static IReadOnlyList<RailPage> Pages { get; } = [new("Try", "/", "try")];

    /// <summary>The product's version, e.g. <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(Rail).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static string PathOf(string page) => Pages.First(p => p.Name == page).Path;
}

/// <summary>One entry of the rail.</summary>
internal sealed record RailPage(string Name, string Path, string Icon);
