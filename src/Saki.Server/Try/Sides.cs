using Saki.Inference.Serving;

namespace Saki.Server.Try;

/// <summary>Who is asked about a picture: the version that answers everyone, and beside it the one that may follow it.</summary>
internal static class Sides
{
    /// <summary>Holds the version to be compared with <paramref name="main"/>: of the same model, loaded, of pictures; the one in Staging, else the one that was loaded last. Null when there is none.</summary>
    public static ModelLease? TryLeaseBeside(ServerOptions options, ServedModel main)
    {
        var entry = options.Models?.Find(main.Name);
        var others = entry?.Versions.Values.Where(model => model.Version != main.Version && model is { Predictor: not null, Personal: false }).ToList();
        var staging = entry?.Find("staging");
        var next = others?.Find(model => ReferenceEquals(model, staging)) ?? others?.MaxBy(model => model.LoadedAt);
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
