using Saki.Inference.Serving;

namespace Saki.Server.Serving;

/// <summary>The model that answers for pictures when nobody names one: the default one, else the first that takes pictures.</summary>
internal static class PictureModel
{
    /// <summary>Holds it for one request.</summary>
    /// <exception cref="Http.RequestException">503: there is none.</exception>
    public static ModelLease Lease(ServerOptions options, string? user = null) => TryLease(options, user) ?? throw PredictApi.NoModel();

    /// <summary>Holds it for one request; null when there is none.</summary>
    public static ModelLease? TryLease(ServerOptions options, string? user = null)
    {
        var names = options.Models?.Models.Where(entry => entry.Versions.TryGetValue(entry.Default, out var model) && model.Predictor is not null).OrderBy(entry => entry.Order);
        try
        {
            return names?.FirstOrDefault() is { } entry ? options.Models!.Lease(entry.Name, null, user) : null;
        }
        catch (ModelNotFoundException)
        {
            return null; // unloaded between the two lines
        }
    }
}
