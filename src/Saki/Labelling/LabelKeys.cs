namespace Saki.Labelling;

/// <summary>One key for one label.</summary>
public static class LabelKeys
{
    // Beside the digits, letters that no other key of the page uses.
    private const string Keys = "1234567890qweryuiopadfgjkl";

    /// <summary>How many labels have a key.</summary>
    public static int Count => Keys.Length;

    /// <summary>The key of the label at <paramref name="index"/>: <c>1</c> to <c>9</c>, <c>0</c>, then letters; null beyond those.</summary>
    public static string? Of(int index) => index < Keys.Length ? Keys[index].ToString() : null;
}
