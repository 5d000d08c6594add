namespace Saki.Vision;

/// <summary>A rectangle in pixels of the upright picture: left, top, width, height.</summary>
public readonly record struct Box(int X, int Y, int Width, int Height)
{
    /// <summary>Pixels covered.</summary>
    public long Area => (long)Width * Height;

    /// <summary>The part that lies inside a picture of this size; empty (0 wide or high) when none does.</summary>
    public Box Within(int width, int height)
    {
        var (left, top) = (Math.Clamp(X, 0, width), Math.Clamp(Y, 0, height));
        return new Box(left, top, Math.Clamp(X + Width, left, width) - left, Math.Clamp(Y + Height, top, height) - top);
    }
}
