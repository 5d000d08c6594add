namespace Saki.Configuration;

/// <summary>The numbers an option takes; checked when a configuration is bound. For lists it counts for every number in them.</summary>
/// <param name="least">Smallest value allowed.</param>
/// <param name="most">Largest value allowed.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WithinAttribute(double least, double most) : Attribute
{
    /// <summary>Smallest value allowed.</summary>
    public double Least => least;

    /// <summary>Largest value allowed.</summary>
    public double Most => most;

    /// <summary>True when the smallest value itself is not allowed. Default false.</summary>
    public bool AboveLeast { get; init; }

    /// <summary>True when the largest value itself is not allowed. Default false.</summary>
    public bool BelowMost { get; init; }

    internal bool Holds(double value) => (AboveLeast ? value > least : value >= least) && (BelowMost ? value < most : value <= most);

    internal string Sentence =>
        FormattableString.Invariant($"{(AboveLeast ? "above" : "at least")} {least}") + (double.IsPositiveInfinity(most) ? "" : FormattableString.Invariant($" and {(BelowMost ? "below" : "at most")} {most}"));
}

/// <summary>The texts an option takes.</summary>
/// <param name="values">The texts.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOfAttribute(params string[] values) : Attribute
{
    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Values => values;
}
