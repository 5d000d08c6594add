using System.Reflection;
using Saki.Server.Accounts;

namespace Saki.Server.Layout;

/// <summary>The pages that exist, in the order of a model's life.</summary>
internal static class Rail
{
    private static readonly IReadOnlyList<RailPage> All =
    [
        new("Try", "/", "try"),
        new("Data", "/data", "datasets"),
        new("Runs", "/runs", "runs"),
        new("Jobs", "/jobs", "jobs"),
        new("Models", "/models", "models"),
        new("Serving", "/serving", "serving"),
        new("Label", "/label", "label"),
        new("Loop", "/loop", "loop") { Letter = 'o' },
        new("Ask", "/ask", "ask"),
        new("Settings", "/settings", "settings") { Letter = 'e' },
    ];

    /// <summary>The product's version, e.g. <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(Rail).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>
    /// The pages that a server has: without a home folder there are neither runs nor models, without a worker no jobs, without models nothing is served. Settings are for admins.
    /// </summary>
    public static IReadOnlyList<RailPage> Pages(ServerOptions options, Caller? caller) => [.. All.Where(page => page.Name switch
    {
        "Jobs" => options.Jobs is not null,
        "Loop" => options is { Jobs: not null, Home: not null, Models: not null },
        "Serving" => options.Models is not null,
        "Data" or "Runs" or "Models" or "Label" or "Ask" => options.Home is not null,
        "Settings" => options.Home is not null && caller?.May(Scope.Admin) == true,
        _ => true,
    })];

    /// <summary>The page whose part of the site an address lies in; Try for those of none.</summary>
    public static RailPage PageOf(Microsoft.AspNetCore.Http.PathString path) => All.Skip(1).FirstOrDefault(page => path.StartsWithSegments(page.Path)) ?? All[0];

    public static string PathOf(string page) => All.First(p => p.Name == page).Path;
}

/// <summary>One entry of the rail.</summary>
/// <param name="Name">For people.</param>
/// <param name="Path">Its address.</param>
/// <param name="Icon">A shape of the sprite.</param>
public sealed record RailPage(string Name, string Path, string Icon)
{
    /// <summary>The key behind G that leads to it: the first letter of its name, unless another page has that.</summary>
    public char Letter { get; init; } = char.ToLowerInvariant(Name[0]);

    /// <summary>Whether it keeps its place where there is room for five: the others are found behind More.</summary>
    public bool Kept => Name is "Try" or "Runs" or "Models" or "Label";
}
