namespace Saki.Server.Accounts;

/// <summary>What a person does here. Each role includes the ones before it.</summary>
public enum Role
{
    /// <summary>Looks at everything and asks models.</summary>
    Viewer,
    /// <summary>Labels pictures.</summary>
    Labeller,
    /// <summary>Changes runs, models, data sets and what is served.</summary>
    Manager,
    /// <summary>Says who may do what.</summary>
    Admin,
}

/// <summary>What roles may do.</summary>
public static class Roles
{
    /// <summary>The scopes of a role, which its holder's sessions have and personal tokens cannot exceed.</summary>
    public static Scope Scopes(this Role role) => role switch
    {
        Role.Admin => Scope.Admin,
        Role.Manager => Scope.View | Scope.Infer | Scope.Label | Scope.Manage,
        Role.Labeller => Scope.View | Scope.Infer | Scope.Label,
        _ => Scope.View | Scope.Infer,
    };
}
