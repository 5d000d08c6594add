namespace Saki.Datasets.Emotions;

/// <summary>Eyes, lids and brows, and glasses over them.</summary>
internal sealed class EyePainter(Canvas canvas, Pose pose, Person person, Expression expression)
{
    private const double Height = -0.14;

    private readonly Colour _dark = person.Skin * 0.22;

    public void Paint(int side, double[] skin, double gazeX)
    {
        var centre = new Point(side * person.EyeGap, Height);
        var half = 0.195 * person.EyeSize;
        var open = Math.Max(0.018, 0.098 * person.EyeSize * (1 + (0.72 * expression.EyeOpen)));
        var below = 0.062 * person.EyeSize * (1 - (0.6 * Math.Clamp(expression.LowerLid, -0.3, 1))) * (expression.EyeOpen > 0 ? 1 + (0.3 * expression.EyeOpen) : 1);
        Point inner = new(centre.X - (side * half), centre.Y + 0.02), outer = new(centre.X + (side * half), centre.Y - person.EyeTilt - (0.02 * expression.OuterBrow));
        var upper = Curve.Arc(inner, outer, centre.Y - open, 0.55).ToArray();
        var lower = Curve.Arc(outer, inner, centre.Y + below, 0.5).ToArray();
        Point[] opening = pose.Front([.. upper, .. lower]);

        canvas.Fill(opening, Colour.Hex(0xEDE9E4) * 0.95, 1, skin);
        var inside = canvas.Mask(opening, skin);
        var iris = new Point(centre.X + (0.03 * gazeX), centre.Y + 0.005 + (0.03 * Math.Clamp(expression.GazeDown, -0.5, 1.2)));
        canvas.Fill(pose.Front(Curve.Ellipse(iris, 0.096, 0.098)), person.Iris * 0.8, 1, inside);
        canvas.Fill(pose.Front(Curve.Ellipse(iris, 0.05, 0.052)), Colour.Hex(0x0B0908), 1, inside);
        canvas.Fill(pose.Front(Curve.Ellipse(iris + new Point(0.03, -0.035), 0.022, 0.022)), Colour.Hex(0xFFFFFF), 0.9, inside);
        canvas.Shade(pose.Front(centre.X, centre.Y - open), pose.Scale * half, pose.Scale * 0.07, new Colour(0.55, 0.55, 0.58), inside);

        canvas.Stroke(pose.Front(upper.Append(outer)), pose.Scale * 0.016, pose.Scale * 0.026, _dark, 0.95, skin);
        canvas.Stroke(pose.Front(lower.Append(inner)), pose.Scale * 0.012, pose.Scale * 0.01, person.Skin * 0.45, 0.6, skin);
        var crease = Curve.Arc(inner + new Point(0, -0.03), outer + new Point(side * 0.02, -0.02), centre.Y - open - 0.055, 0.6).Append(outer + new Point(side * 0.02, -0.02));
        canvas.Stroke(pose.Front(crease), pose.Scale * 0.008, pose.Scale * 0.012, person.Skin * 0.4, expression.EyeOpen > 0.6 ? 0.35 : 0.6, skin);
        if (expression.LowerLid > 0.35) PaintBag(centre, below, half, side, skin);
    }

    public void PaintBrow(int side, double[] skin)
    {
        double lift = -0.415 + person.BrowHeight, together = 0.045 * Math.Clamp(expression.BrowsTogether, -0.5, 1.2);
        Point inner = new(side * (0.185 - together), lift + 0.02 - (0.125 * expression.InnerBrow));
        Point arch = new(side * 0.43, lift - 0.065 - (0.055 * expression.InnerBrow) - (0.085 * expression.OuterBrow));
        Point outer = new(side * 0.665, lift + 0.02 - (0.10 * expression.OuterBrow));
        var line = Curve.Cubic(inner, inner + ((arch - inner) * 0.6), arch + ((arch - inner) * 0.15), outer, 10).Append(outer);
        var colour = person.Hair.Mix(person.Skin, 0.18) * 0.8;
        canvas.Stroke(pose.Front(line), pose.Scale * 0.046 * person.BrowWeight, pose.Scale * 0.018 * person.BrowWeight, colour, 0.9, skin);
    }

    public void PaintGlasses()
    {
        var frame = Colour.Hex(0x26221F);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var rim = pose.Front(Curve.Ellipse(new(side * person.EyeGap, -0.1), 0.29, 0.25));
            canvas.Stroke([.. rim, rim[0]], pose.Scale * 0.016, pose.Scale * 0.016, frame, 0.9);
            canvas.Stroke([pose.Front(side * (person.EyeGap + 0.28), -0.14), pose.Flat(side * (person.Cheek + 0.02), -0.16)], pose.Scale * 0.018, pose.Scale * 0.018, frame, 0.9);
        }
        canvas.Stroke([pose.Front(-person.EyeGap + 0.29, -0.12), pose.Front(0, -0.15, 0.05), pose.Front(person.EyeGap - 0.29, -0.12)], pose.Scale * 0.018, pose.Scale * 0.018, frame, 0.9);
    }

    // Raised cheeks push the lower lid up, and wrinkles out of the outer corner.
    private void PaintBag(Point centre, double below, double half, int side, double[] skin)
    {
        var from = new Point(centre.X - (side * half * 0.7), centre.Y + below + 0.035);
        var to = new Point(centre.X + (side * half * 0.95), centre.Y + below + 0.02);
        canvas.Stroke(pose.Front(Curve.Arc(from, to, centre.Y + below + 0.075, 0.6).Append(to)), pose.Scale * 0.008, pose.Scale * 0.014, person.Skin * 0.45, 0.45, skin);
        if (expression.Cheeks < 0.5) return;
        foreach (var tilt in (ReadOnlySpan<double>)[-0.05, 0.03])
        {
            canvas.Stroke([pose.Front(centre.X + (side * (half + 0.05)), centre.Y + (tilt * 0.5)), pose.Front(centre.X + (side * (half + 0.15)), centre.Y + tilt)],
                pose.Scale * 0.01, pose.Scale * 0.006, person.Skin * 0.45, 0.25 + (0.25 * person.Age), skin);
        }
    }
}
