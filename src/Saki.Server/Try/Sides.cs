using Saki.Inference.Serving;

namespace Saki.Server.Try;

/// <summary>Who is asked about a picture: the version that answers everyone, and beside it the one that may follow it.</summary>
internal static class Sides
{
    /// <summary>Holds the version to be compared with <paramref name="main"/>: of the same model, loaded, of pictures. Null when there is none.</summary>
    public static ModelLease? TryLeaseBeside(ServerOptions options, ServedModel main)
    {
        var entry = options.Models?.Models.FirstOrDefault(entry => entry.Name == main.Name);
        var next = entry?.Versions.Values.Where(model => model.Version != main.Version && model.Predictor is not null).MaxBy(model => model.LoadedAt);
        if (next is null) return null;
        try
        {
            return options.Models!.Lease(next.Name, next.Version);
        }
        catch (ModelNotFoundException)
        {
            return null; // unloaded between the two lines
        }
    }
}
