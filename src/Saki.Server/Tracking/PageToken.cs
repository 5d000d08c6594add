using System.Text;
using System.Text.Json;
using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>MLflow's page tokens: base64 of <c>{"offset": N}</c>.</summary>
internal static class PageToken
{
    public static string Of(long offset) => Convert.ToBase64String(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{{\"offset\": {offset}}}")));

    /// <summary>The offset; 0 without a token.</summary>
    /// <exception cref="MlflowException">It is no token.</exception>
    public static long Read(string? token)
    {
        if (token is null) return 0;
        try
        {
            using var json = JsonDocument.Parse(Convert.FromBase64String(token));
            return json.RootElement.GetProperty("offset").GetInt64() is >= 0 and var offset ? offset : throw Bad();
        }
        catch (FormatException) { throw MlflowException.BadValue("Invalid page token, could not base64-decode"); }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException) { throw Bad(); }
    }

    /// <summary>Cuts a list that was read with one row more than a page, and says whether there is a next page.</summary>
    public static string? Cut<T>(List<T> rows, int page, long offset)
    {
        if (rows.Count <= page) return null;
        rows.RemoveRange(page, rows.Count - page);
        return Of(offset + page);
    }

    private static MlflowException Bad() => MlflowException.BadValue("Invalid page token, its JSON has no offset");
}
