namespace Saki;

/// <summary>Outside text that stands in a message, a log or a title.</summary>
public static class PlainText
{
    /// <summary>At most <paramref name="longest"/> characters of <paramref name="text"/>, control characters left out.</summary>
    public static string Of(string text, int longest) => new([.. text.Where(sign => !char.IsControl(sign)).Take(longest)]);
}
