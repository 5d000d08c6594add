namespace Saki.Cli;

/// <summary>Which configuration tree is composed.</summary>
internal static class ConfigFolder
{
    /// <summary>The folder named, else <c>conf/</c> under the current folder when it has <paramref name="name"/>.yaml, else the one that came with the command.</summary>
    public static string Find(string? named, string name)
    {
        if (named is not null)
            return Directory.Exists(named) ? named : throw new SakiException("Composing the configuration", "a folder", $"nothing at {named}", "Correct --config-dir.");
        if (File.Exists(Path.Combine("conf", $"{name}.yaml"))) return "conf";
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "conf") is var conf && File.Exists(Path.Combine(conf, $"{name}.yaml"))) return conf;
        throw new SakiException("Composing the configuration", $"conf/{name}.yaml in the current folder or beside the command", "neither", "Name the folder with --config-dir.");
    }
}
