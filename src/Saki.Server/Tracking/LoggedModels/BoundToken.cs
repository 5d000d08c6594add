using System.Globalization;
using System.Text;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking.LoggedModels;

/// <summary>Page tokens that hold only for the search that they came from.</summary>
internal static class BoundToken
{
    public static string Of(long offset, string search) => Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{offset} {Mark(search)}")));

    /// <summary>The offset; 0 without a token.</summary>
    /// <exception cref="MlflowException">It is no token, or of another search.</exception>
    public static long Read(string? token, string search)
    {
        if (token is null) return 0;
        try
        {
            var parts = Encoding.ASCII.GetString(Convert.FromBase64String(token)).Split(' ');
            if (parts.Length == 2 && parts[1] == Mark(search) && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)) return offset;
            throw MlflowException.BadValue("Invalid page token: it belongs to a search with other experiment_ids, filter or order_by");
        }
        catch (FormatException) { throw MlflowException.BadValue("Invalid page token, could not base64-decode"); }
    }

    private static string Mark(string search) => Digest.Of(Encoding.UTF8.GetBytes(search)).ToString()[..16];
}
