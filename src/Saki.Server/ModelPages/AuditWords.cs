using Saki.Tracking;

namespace Saki.Server.ModelPages;

/// <summary>Rows of the audit as sentences.</summary>
internal static class AuditWords
{
    private const int Longest = 60;

    /// <summary>The shape and the colour that stand before a row.</summary>
    public static (string Icon, string Class) Look(AuditEntry entry) => entry switch
    {
        { Action: "refused" } => ("bad", "bad"),
        { Overridden: true } => ("warn", "warn"),
        { Action: "rollback" } => ("undo", "champ"),
        { Action: "stage" or "alias" } when entry.ProductionAfter != entry.ProductionBefore && entry.ProductionAfter > 0 => ("production", "champ"),
        { Action: "stage", To: "Staging" } => ("staging", "info"),
        { Action: "stage", To: "Archived" } => ("archived", "idle"),
        { Action: "delete" } => ("x", "bad"),
        { Action: "create" } => ("models", "idle"),
        _ => ("none", "idle"),
    };

    /// <summary>What was done, after the name of who did it: "moved v3 from None to Production".</summary>
    public static string Did(AuditEntry entry) => entry.Action switch
    {
        "refused" => $"was refused by the gate: v{entry.Version} for {entry.To}",
        "rollback" => $"rolled back from {Version(entry.ProductionBefore)} to v{entry.Version}",
        "create" => $"registered v{entry.Version}",
        "stage" => $"moved v{entry.Version} from {entry.From} to {entry.To}{(entry.Overridden ? " against its gate" : "")}",
        "alias" when entry.To.Length == 0 => $"took @{Short(entry.Subject)} away from v{entry.From}",
        "alias" => $"set @{Short(entry.Subject)} to v{entry.To}{(entry.From.Length > 0 ? $", before v{entry.From}" : "")}{(entry.Overridden ? ", against its gate" : "")}",
        "tag" when entry.To.Length == 0 => $"took the tag {Short(entry.Subject)} from v{entry.Version}",
        "tag" => $"set the tag {Short(entry.Subject)} of v{entry.Version} to {Short(entry.To)}",
        "rename" => $"renamed {Short(entry.From)} to {Short(entry.To)}",
        "policy" => entry.To.Length == 0 ? "removed the policy" : "changed the policy",
        "delete" => entry.Version == 0 ? "deleted the model" : $"deleted v{entry.Version}",
        _ => entry.Action,
    };

    /// <summary>What else the same move did; null for nothing.</summary>
    public static string? Also(AuditEntry entry) => entry.Archived.Length == 0 ? null : $"{string.Join(", ", entry.Archived.Split(',').Select(version => $"v{version}"))} archived";

    /// <summary>What a check of the gate asks, in words.</summary>
    public static string Check(string check, long champion) => check switch
    {
        "integrity" => "Files are as they were packed",
        "golden" => "Golden answer",
        "data" => "Test set",
        "accuracy" => "Accuracy",
        "recall" => "Recall of each class",
        "calibration" => "Calibration",
        "champion" => champion == 0 ? "Not worse than Production" : $"Not worse than v{champion}",
        "latency" => "Latency",
        _ => check,
    };

    private static string Version(long version) => version == 0 ? "nothing" : $"v{version}";

    private static string Short(string text) => text.Length <= Longest ? text : $"{text[..Longest]}…";
}
