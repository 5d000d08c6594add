using System.Globalization;
using Npgsql;

namespace Saki.Server.Storage;

/// <summary>
/// The address of a PostgreSQL database: <c>postgres://user:password@host:port/name</c>, with <c>?sslmode=</c>, <c>?schema=</c> (made when missing; several servers then
/// share a database) or <c>?host=</c> (the folder of a Unix socket) behind it. A password may come from <c>PGPASSWORD</c> or <c>~/.pgpass</c> instead.
/// </summary>
internal static class PostgresAddress
{
    /// <summary>Whether a location names such a database.</summary>
    public static bool Names(string location) => location.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || location.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <summary>How it is connected to.</summary>
    /// <exception cref="SakiException">It is no such address. The text is not repeated: it may hold a password.</exception>
    public static NpgsqlConnectionStringBuilder Read(string location)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out var address)) throw Wrong("another text");
        var user = address.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = address.Host.Length > 0 ? address.Host : null,
            Port = address.Port > 0 ? address.Port : 5432,
            Database = Uri.UnescapeDataString(address.AbsolutePath.Trim('/')),
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length == 2 ? Uri.UnescapeDataString(user[1]) : null,
            ApplicationName = "saki",
            Pooling = false,
            Timeout = 10,
            CommandTimeout = 300,
            KeepAlive = 30,
            MaxAutoPrepare = 256,
            AutoPrepareMinUsages = 2,
        };
        foreach (var option in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)) Apply(settings, option.Split('=', 2));
        if (settings.Host is null) throw Wrong("none with a host");
        return settings.Database.Length > 0 ? settings : throw Wrong("none with the name of a database");
    }

    private static void Apply(NpgsqlConnectionStringBuilder settings, string[] option)
    {
        var value = option.Length == 2 ? Uri.UnescapeDataString(option[1]) : "";
        switch (option[0])
        {
            case "sslmode" when Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode):
                settings.SslMode = mode;
                break;
            case "schema" when value.Length is > 0 and < 64 && value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'):
                settings.SearchPath = value;
                break;
            case "host" when value.Length > 0:
                settings.Host = value;
                break;
            default:
                throw Wrong(string.Create(CultureInfo.InvariantCulture, $"one with ?{option[0]}="));
        }
    }

    private static SakiException Wrong(string got) =>
        new("Reading the database's address", "postgres://user:password@host:port/name, with ?sslmode=, ?schema= or ?host= at most", got, "Correct --database.");
}
