namespace Saki.Configuration;

/// <summary>What an override does to its key.</summary>
public enum OverrideKind
{
    /// <summary><c>key=value</c>: the key must exist.</summary>
    Change,
    /// <summary><c>+key=value</c>: the key must not exist.</summary>
    Add,
    /// <summary><c>++key=value</c>: whether it exists or not.</summary>
    ForceAdd,
    /// <summary><c>~key</c> or <c>~key=value</c>: removed.</summary>
    Delete,
}

/// <summary>One override as on the command line, in Hydra's grammar.</summary>
/// <param name="Input">The text as typed.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Key">Path of the key with dots, or a group with slashes.</param>
/// <param name="Package">Behind <c>@</c>; null when there is no <c>@</c>.</param>
/// <param name="Value">The value, a <see cref="Sweep"/> for sweeps; null for <c>~key</c> alone.</param>
public sealed record Override(string Input, OverrideKind Kind, string Key, string? Package, ConfigNode? Value)
{
    /// <summary>True when it asks for several values.</summary>
    public bool IsSweep => Value is Sweep;

    internal string KeyWithPackage => Package is null ? Key : $"{Key}@{Package}";

    internal ConfigOrigin Origin => new($"override {Input}", 0);

    /// <summary>Reads one override.</summary>
    /// <exception cref="ConfigException">It is not of the grammar.</exception>
    public static Override Parse(string input) => new OverrideParser(input).Parse();
}

/// <summary>Several values for one key; run by a sweep.</summary>
public abstract class Sweep : ConfigNode
{
    /// <summary>Words given by <c>tag(…)</c>.</summary>
    public IReadOnlyList<string> Tags { get; internal init; } = [];
}

/// <summary><c>a,b,c</c> or <c>choice(a,b,c)</c>.</summary>
public sealed class ChoiceSweep(IReadOnlyList<ConfigNode> values) : Sweep
{
    /// <summary>The values in their order.</summary>
    public IReadOnlyList<ConfigNode> Values => values;

    /// <summary>True for <c>a,b,c</c>.</summary>
    public bool IsSimple { get; internal init; }

    /// <summary>True when the order is to be drawn anew.</summary>
    public bool Shuffle { get; internal init; }

    internal override ConfigNode Copy() => this;
}

/// <summary><c>range(start, stop, step)</c>, half open. The numbers are long or double.</summary>
public sealed class RangeSweep(object start, object stop, object step) : Sweep
{
    /// <summary>First value.</summary>
    public object Start => start;

    /// <summary>The end, which is not part of it.</summary>
    public object Stop => stop;

    /// <summary>Distance; may be negative.</summary>
    public object Step => step;

    /// <summary>True when the order is to be drawn anew.</summary>
    public bool Shuffle { get; internal init; }

    internal override ConfigNode Copy() => this;
}

/// <summary><c>interval(start, end)</c>: any number between. Long or double.</summary>
public sealed class IntervalSweep(object start, object end) : Sweep
{
    /// <summary>One end.</summary>
    public object Start => start;

    /// <summary>The other.</summary>
    public object End => end;

    internal override ConfigNode Copy() => this;
}

/// <summary><c>glob(include, exclude)</c>: the options of a group whose name matches.</summary>
public sealed class GlobSweep(IReadOnlyList<string> include, IReadOnlyList<string> exclude) : Sweep
{
    /// <summary>Patterns of shells; one must match.</summary>
    public IReadOnlyList<string> Include => include;

    /// <summary>Patterns of which none may match.</summary>
    public IReadOnlyList<string> Exclude => exclude;

    internal override ConfigNode Copy() => this;
}
