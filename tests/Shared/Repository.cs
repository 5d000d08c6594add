namespace Saki.Testing;

/// <summary>The checkout that the tests run in.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Saki.slnx.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Saki.slnx"))) return folder.FullName;
        throw new InvalidOperationException("The tests must run inside the checkout.");
    }
}
