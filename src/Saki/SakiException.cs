namespace Saki;

/// <summary>
/// A failure that a person can act on: what was being done, what was expected, what was found, and what to do next.
/// The command line prints <see cref="Exception.Message"/> as one line and ends with <see cref="ExitCode"/>; the server turns it into a 4xx.
/// </summary>
/// <remarks>Faults of the program itself (a broken invariant, a null that cannot be) are not this type: they keep their stack trace.</remarks>
public class SakiException : Exception
{
    /// <param name="operation">What stopped, as a short phrase that can stand before "stopped": "Import", "Reading cat.jpg".</param>
    /// <param name="expected">What would have been right, with units and ranges.</param>
    /// <param name="got">What was found instead.</param>
    /// <param name="next">What to do, as an imperative sentence with its full stop; null when there is nothing sensible to say.</param>
    /// <param name="inner">The cause, shown only by <c>--debug</c>.</param>
    public SakiException(string operation, string expected, string got, string? next = null, Exception? inner = null)
        : base(Sentence(operation, expected, got, next), inner)
    {
        Operation = operation;
        Expected = expected;
        Got = got;
        Next = next;
    }

    /// <summary>What was being done.</summary>
    public string Operation { get; }

    /// <summary>What would have been right.</summary>
    public string Expected { get; }

    /// <summary>What was found instead.</summary>
    public string Got { get; }

    /// <summary>What to do about it; null when nothing sensible can be said.</summary>
    public string? Next { get; }

    /// <summary>The process exit code this failure asks for. 2: bad input or usage (default). 3: a server or remote refused or is away.</summary>
    public int ExitCode { get; init; } = 2;

    private static string Sentence(string operation, string expected, string got, string? next)
    {
        var first = $"{operation} stopped. Expected {expected}, got {got}.";
        return next is null ? first : $"{first} {next}";
    }
}
