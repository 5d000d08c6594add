using System.Globalization;
using Saki.Inference.Serving;
using Saki.Server.Registry.Audit;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Serving.Control;

/// <summary>Changes of what is served as rows of the registry's audit: the same record and the same chain, in the database where there is one, else in a file.</summary>
internal static class ServingAudit
{
    /// <summary>What these rows have as action; the subject says which change it was.</summary>
    public const string Action = "serving";

    /// <summary>The row, without number, hash and evidence.</summary>
    public static AuditEntry Row(ServingEvent told) => new()
    {
        Time = told.Time,
        Who = told.Who,
        Model = told.Model,
        Version = long.TryParse(told.Version, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0,
        Action = Action,
        Subject = $"{told.Action} {told.Version}".TrimEnd(),
        From = told.From,
        To = told.To,
        Why = told.Why,
    };

    /// <summary>Appends it to the registry's audit. The figures are kept as evidence is, and the reason names their digest: the row's own evidence is what a gate found.</summary>
    public static Task AppendAsync(Database database, ServingEvent told) => database.WriteAsync(session =>
    {
        var model = session.Scalar<long?>("SELECT id FROM registered_models WHERE name = @Model", new { told.Model }) ?? 0;
        var row = Row(told);
        if (told.Evidence.Length > 0) row = row with { Why = $"{row.Why} (figures: {AuditChain.Keep(session, told.Evidence, told.Time)})" };
        AuditChain.Note(session, model, row);
    });
}
