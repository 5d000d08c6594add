namespace Saki.Datasets.Emotions;

/// <summary>Lips, teeth and what is behind them, from the corners inwards.</summary>
internal sealed class MouthPainter(Canvas canvas, Pose pose, Person person, Expression expression)
{
    public void Paint(double[] skin)
    {
        var lift = Math.Clamp(expression.Corners, -1.2, 1.2);
        var round = Math.Clamp(expression.Round, 0, 1);
        var open = 0.40 * Math.Clamp(expression.Open, 0, 1.15);
        var raise = 0.06 * Math.Clamp(expression.UpperLip, 0, 1.2);
        var half = Math.Max(0.14, person.MouthWidth * (1 + (0.42 * expression.Stretch)) * (1 - (0.12 * round)));
        var y = 0.655 + (0.02 * expression.Open) - (raise * 0.5);
        var thick = person.Lips * (1 - (0.62 * Math.Clamp(expression.Press, 0, 1.1)));
        var fullness = 0.42 + (0.5 * round);

        Point left = new(-half, y - (0.115 * lift) + (open * 0.22 * round)), right = new(half, y - (0.115 * lift) + (open * 0.22 * round));
        var innerTop = y + (0.055 * lift) - (open * 0.22) - raise;
        var innerBottom = Math.Max(innerTop + 0.004, y + (0.055 * lift) + (open * 0.78));
        var upperHeight = 0.07 * thick;
        var lowerHeight = (0.098 * thick) + (0.02 * Math.Clamp(expression.UpperLip, 0, 1));

        var lip = person.Skin.Mix(Colour.Hex(0xA2434A), 0.5) * 0.86;
        canvas.Fill(pose.Front(UpperLip(left, right, innerTop, upperHeight, fullness)), lip * 0.88, 0.92, skin);
        canvas.Fill(pose.Front([.. Curve.Arc(left, right, innerBottom, fullness), .. Curve.Arc(right, left, innerBottom + lowerHeight, fullness + 0.08)]), lip, 0.92, skin);
        canvas.Shade(pose.Front(0, innerBottom + (lowerHeight * 0.45)), pose.Scale * half * 0.6, pose.Scale * lowerHeight * 0.6, new Colour(1.16, 1.14, 1.14), skin);
        canvas.Shade(pose.Front(0, innerBottom + lowerHeight + 0.05), pose.Scale * half * 0.8, pose.Scale * 0.06, new Colour(0.78, 0.74, 0.73), skin);

        if (innerBottom - innerTop > 0.02) PaintInside(left, right, innerTop, innerBottom, fullness, skin);
        var seam = pose.Front(Curve.Arc(left, right, innerTop, fullness).Append(right));
        canvas.Stroke(seam, pose.Scale * 0.017, pose.Scale * 0.017, person.Skin * 0.2, open < 0.03 ? 0.9 : 0.5, skin);
        foreach (var corner in (ReadOnlySpan<Point>)[left, right])
            canvas.Shade(pose.Front(corner.X, corner.Y), pose.Scale * 0.08, pose.Scale * 0.07, new Colour(0.62, 0.58, 0.57), skin);
        canvas.Shade(pose.Front(0, (innerTop + person.NoseLength) / 2), pose.Scale * 0.045, pose.Scale * 0.1, new Colour(0.86, 0.84, 0.83), skin);
    }

    private static IEnumerable<Point> UpperLip(Point left, Point right, double innerTop, double height, double fullness)
    {
        var top = innerTop - height;
        // The bow: two peaks and a dip between them.
        Point dip = new(0, top + (height * 0.3)), leftPeak = new(left.X * 0.28, top), rightPeak = new(right.X * 0.28, top);
        return [.. Curve.Arc(left, right, innerTop, fullness),
            .. Curve.Cubic(right, new(right.X * 0.75, right.Y - (height * 0.25)), new(rightPeak.X * 1.6, top), rightPeak, 6),
            .. Curve.Cubic(rightPeak, rightPeak, dip, dip, 4), .. Curve.Cubic(dip, dip, leftPeak, leftPeak, 4),
            .. Curve.Cubic(leftPeak, new(leftPeak.X * 1.6, top), new(left.X * 0.75, left.Y - (height * 0.25)), left, 6)];
    }

    private void PaintInside(Point left, Point right, double top, double bottom, double fullness, double[] skin)
    {
        var opening = pose.Front([.. Curve.Arc(left, right, top, fullness), .. Curve.Arc(right, left, bottom, fullness + 0.04)]);
        canvas.Fill(opening, Colour.Hex(0x2A0D0E), 1, skin);
        var inside = canvas.Mask(opening, skin);
        var gap = bottom - top;
        if (gap > 0.16) canvas.Fill(pose.Front(Curve.Ellipse(new(0, bottom), right.X * 0.62, gap * 0.42)), Colour.Hex(0x9A4A4C) * 0.8, 0.9, inside);
        var teeth = Math.Min(0.105, gap * 0.75) * Math.Clamp(expression.Teeth, 0, 1);
        if (teeth < 0.012) return;
        canvas.Fill(pose.Front([.. Curve.Arc(left, right, top - 0.02, fullness), .. Curve.Arc(right, left, top + teeth, fullness)]), Colour.Hex(0xE9E2D6) * 0.94, 1, inside);
        // Bared teeth show the lower row too.
        if (expression.Teeth > 0.6 && expression.Corners < 0.2 && gap > 0.1)
            canvas.Fill(pose.Front([.. Curve.Arc(left, right, bottom - (teeth * 0.6), fullness), .. Curve.Arc(right, left, bottom + 0.03, fullness)]), Colour.Hex(0xD8D0C2) * 0.88, 1, inside);
    }
}
