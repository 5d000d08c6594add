namespace Saki.Server.Accounts;

/// <summary>What a caller may do. Each route demands one; <see cref="Admin"/> includes all others.</summary>
[Flags]
public enum Scope
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Read pages, runs, models and figures.</summary>
    View = 1,
    /// <summary>Ask models.</summary>
    Infer = 2,
    /// <summary>Answer labelling tasks.</summary>
    Label = 4,
    /// <summary>Write runs, models, data sets, and the state of the inference server.</summary>
    Manage = 8,
    /// <summary>Everything, also tokens and settings.</summary>
    Admin = 16 | View | Infer | Label | Manage,
}
