namespace Saki.Cli;

/// <summary>Which folders a configuration is composed of.</summary>
internal static class ConfigFolder
{
    /// <summary>
    /// <paramref name="path"/>, else <paramref name="folder"/> where that has <paramref name="name"/>.yaml, else <c>conf/</c> under the current folder or beside the command.
    /// Behind it <paramref name="folder"/> where it is another: its options join those of the groups.
    /// </summary>
    public static IReadOnlyList<string> Find(string? path, string? folder, string name)
    {
        if (path is not null) Ensure(path, "--config-path");
        if (folder is not null) Ensure(folder, "--config-dir");
        if (path is null && folder is not null && Has(folder, name)) return [folder];
        path ??= Default(name);
        return folder is null ? [path] : [path, folder];
    }

    private static void Ensure(string folder, string flag)
    {
        if (!Directory.Exists(folder)) throw new SakiException("Composing the configuration", "a folder", $"nothing at {folder}", $"Correct {flag}.");
    }

    private static string Default(string name)
    {
        if (Has("conf", name)) return "conf";
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "conf") is var conf && Has(conf, name)) return conf;
        throw new SakiException("Composing the configuration", $"conf/{name}.yaml in the current folder or beside the command", "neither", "Name the folder with --config-dir.");
    }

    private static bool Has(string folder, string name) => File.Exists(Path.Combine(folder, name.EndsWith(".yaml", StringComparison.Ordinal) ? name : $"{name}.yaml"));
}
