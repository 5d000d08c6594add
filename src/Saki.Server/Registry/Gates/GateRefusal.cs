using System.Globalization;
using System.Text.Json;
using Saki.Gates;
using Saki.Server.Registry.Audit;
using Saki.Tracking;

namespace Saki.Server.Registry.Gates;

/// <summary>What a gate says to who cannot read evidence: MLflow's clients.</summary>
internal static class GateRefusal
{
    /// <summary>The refusal (400), which names each failed line.</summary>
    public static MlflowException Of(GateEvidence evidence)
    {
        var failed = evidence.Lines.Where(line => !line.Passed).Select(line => $"{line.Check}: expected {line.Expected}, got {line.Got}.");
        return new MlflowException("BAD_REQUEST", string.Create(CultureInfo.InvariantCulture,
            $"The gate of {evidence.Model} refuses version {evidence.Version} for {evidence.Stage}. {string.Join(' ', failed)} Evidence {AuditChain.DigestOf(Json(evidence))[..12]}."));
    }

    /// <summary>The evidence as it is kept; always the same bytes for the same evidence.</summary>
    public static string Json(GateEvidence evidence) => JsonSerializer.Serialize(evidence, GateJson.Default.GateEvidence);
}
