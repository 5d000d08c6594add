using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>The folder whose archives may be loaded over HTTP by their file name.</summary>
internal static class ModelStore
{
    /// <summary>A bare file or folder name inside it: no path, no scheme, nothing that a decoder could turn into one.</summary>
    /// <exception cref="RequestException">403 without a store, for an address elsewhere or a link; 404 for what is not there.</exception>
    public static string Find(ServerOptions options, string name)
    {
        var store = options.ModelStore ?? throw new RequestException(403, "Registering", "a server with a model store", "one without", "Start it with saki serve --model-store DIR.");
        if (name.Contains("://", StringComparison.Ordinal)) throw new RequestException(403, "Registering", "the name of a file in the model store", "an address elsewhere", "Put the archive into the model store.");
        var fits = name.Length is > 0 and <= 255 && name[0] != '.' && name.All(sign => char.IsLetterOrDigit(sign) || sign is '.' or '-' or '_' or ' ');
        var path = Path.Combine(Path.GetFullPath(store), fits ? name : "");
        if (!fits || !Path.Exists(path)) throw new RequestException(404, "Registering", "the name of a file in the model store", fits ? "one that is not there" : "something else");
        if (File.ResolveLinkTarget(path, returnFinalTarget: true) is not null) throw new RequestException(403, "Registering", "a plain file", "a link");
        return path;
    }
}
