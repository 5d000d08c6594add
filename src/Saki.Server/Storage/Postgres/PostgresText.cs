using System.Text;

namespace Saki.Server.Storage;

/// <summary>PostgreSQL's texts hold no NUL, and half a surrogate pair would break the connection; SQLite keeps the first and replaces the second.</summary>
internal static class PostgresText
{
    /// <summary>The value as it can be sent; anything but a text as it is.</summary>
    /// <exception cref="SakiException">A text with NUL.</exception>
    public static object? Checked(object? value)
    {
        if (value is not string text) return value;
        if (text.Contains('\0')) throw new SakiException("Writing to PostgreSQL", "a text without NUL characters", "one with", "Leave them out.");
        return text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;
    }
}
