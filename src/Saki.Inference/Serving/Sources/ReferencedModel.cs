namespace Saki.Inference.Serving;

/// <summary>What <c>models:/…</c> or <c>runs:/…</c> means now.</summary>
/// <param name="Folder">The model's files on this machine.</param>
/// <param name="Reference">What always means the same: <c>models:/NAME/3</c> for an alias, too.</param>
/// <param name="Name">The registered model; null: as the files say.</param>
/// <param name="Version">The registry's number; null: as the files say.</param>
public sealed record ReferencedModel(string Folder, string Reference, string? Name, string? Version);
