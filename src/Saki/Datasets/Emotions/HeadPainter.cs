namespace Saki.Datasets.Emotions;

/// <summary>Shoulders, neck, ears, the shaded skin of the face, and the nose.</summary>
internal sealed class HeadPainter(Canvas canvas, Pose pose, Person person, Expression expression, Light light)
{
    private readonly double _jawDrop = 0.1 * Math.Clamp(expression.Open, 0, 1.2);

    /// <summary>Shoulders and neck, behind the face.</summary>
    public void PaintBody()
    {
        canvas.Fill(pose.Flat(Curve.Closed([new(-0.5, 1.45), new(0.5, 1.45), new(1.25, 1.7), new(1.75, 2.2), new(1.8, 3.2), new(-1.8, 3.2), new(-1.75, 2.2), new(-1.25, 1.7)])),
            pixel => person.Clothes * light.Side(pose.Back(pixel).X * 0.5));
        canvas.Fill(pose.Flat(Curve.Closed([new(-0.48, 0.6), new(0.48, 0.6), new(0.47, 1.35), new(0.62, 1.58), new(0, 1.8), new(-0.62, 1.58), new(-0.47, 1.35)])),
            pixel => person.Skin * (0.72 * light.Side(pose.Back(pixel).X * 1.6)));
        canvas.Shade(pose.Flat(0, 1.15), pose.Scale * 0.7, pose.Scale * 0.4, new Colour(0.6, 0.57, 0.55));
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Fill(pose.Flat(Curve.Ellipse(new(side * person.Cheek * 1.02, 0.02), 0.13, 0.25)), person.Skin * (0.86 * light.Side(side)));
            canvas.Shade(pose.Flat(side * person.Cheek * 1.04, 0.03), pose.Scale * 0.09, pose.Scale * 0.17, new Colour(0.72, 0.66, 0.64));
        }
    }

    /// <summary>The skin with its large shadows; gives its mask.</summary>
    public double[] PaintSkin()
    {
        var outline = pose.Flat(Outline());
        canvas.Fill(outline, pixel =>
        {
            var at = pose.Back(pixel);
            return person.Skin * light.On(at.X / (person.Cheek * 1.08), (at.Y + 0.05) / 1.5);
        });
        var skin = canvas.Mask(outline);
        canvas.Shade(pose.Front(0, -0.62), pose.Scale * 0.75, pose.Scale * 0.4, new Colour(1.09, 1.09, 1.08), skin);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var cheek = 0.36 - (0.07 * Math.Max(0, expression.Cheeks));
            canvas.Shade(pose.Front(side * 0.47, cheek), pose.Scale * 0.36, pose.Scale * 0.28, new Colour(1.12, 1.06, 1.04), skin);
            canvas.Shade(pose.Front(side * 0.55, cheek + 0.1), pose.Scale * 0.33, pose.Scale * 0.25, new Colour(1.03, 0.95, 0.93), skin);
            // Sockets: darker than forehead and cheeks, as every face detector expects.
            canvas.Shade(pose.Front(side * person.EyeGap, -0.17), pose.Scale * 0.36, pose.Scale * 0.27, new Colour(0.67, 0.62, 0.61), skin);
            canvas.Shade(pose.Front(side * 0.17, -0.2), pose.Scale * 0.13, pose.Scale * 0.25, new Colour(0.8, 0.77, 0.76), skin);
            if (person.Age > 0.55) canvas.Shade(pose.Front(side * person.EyeGap, 0.07), pose.Scale * 0.2, pose.Scale * 0.08, new Colour(0.85, 0.82, 0.82), skin);
        }
        canvas.Shade(pose.Front(0, 0.98), pose.Scale * 0.3, pose.Scale * 0.16, new Colour(1.07, 1.06, 1.06), skin);
        canvas.Shade(pose.Front(0, 0.86), pose.Scale * 0.3, pose.Scale * 0.08, new Colour(0.86, 0.83, 0.82), skin);
        return skin;
    }

    /// <summary>Bridge, wings, nostrils, and the folds that run from the nose to the mouth.</summary>
    public void PaintNose(double[] skin)
    {
        var tip = person.NoseLength - 0.02 - (0.05 * Math.Max(0, expression.NoseWrinkle));
        var width = person.NoseWidth * (1 + (0.15 * Math.Max(0, expression.NoseWrinkle)));
        var dark = person.Skin * 0.42;
        var shadowSide = light.X > 0 ? -1 : 1;
        canvas.Shade(pose.Front(0, -0.1, 0.06), pose.Scale * 0.12, pose.Scale * 0.36, new Colour(1.2, 1.18, 1.16), skin);
        canvas.Shade(pose.Front(shadowSide * width * 0.95, tip - 0.12), pose.Scale * 0.12, pose.Scale * 0.3, new Colour(0.8, 0.76, 0.75), skin);
        canvas.Shade(pose.Front(0, tip - 0.02, 0.14), pose.Scale * 0.13, pose.Scale * 0.12, new Colour(1.2, 1.16, 1.14), skin);
        canvas.Shade(pose.Front(0, tip + 0.12, 0.05), pose.Scale * 0.24, pose.Scale * 0.08, new Colour(0.72, 0.66, 0.65), skin);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Stroke(Line(new(side * width * 0.75, tip - 0.09), new(side * width * 1.25, tip - 0.03), new(side * width * 1.2, tip + 0.08), new(side * width * 0.75, tip + 0.06)),
                pose.Scale * 0.012, pose.Scale * 0.018, dark, 0.55, skin);
            canvas.Fill(pose.Front(Curve.Ellipse(new(side * width * 0.5, tip + 0.06), 0.048, 0.026)), person.Skin * 0.25, 0.85, skin);
            PaintFolds(side, tip, width, dark, skin);
        }
        if (expression.NoseWrinkle > 0.35)
        {
            foreach (var y in (ReadOnlySpan<double>)[-0.16, -0.08])
                canvas.Stroke(Line(new(-0.11, y), new(-0.05, y - 0.04), new(0.05, y - 0.04), new(0.11, y)), pose.Scale * 0.014, pose.Scale * 0.014, dark, 0.5 * Math.Min(1, expression.NoseWrinkle), skin);
        }
        if (expression.BrowsTogether > 0.3)
        {
            foreach (var side in (ReadOnlySpan<int>)[-1, 1])
                canvas.Stroke(Line(new(side * 0.06, -0.5), new(side * 0.045, -0.43), new(side * 0.05, -0.36), new(side * 0.07, -0.31)), pose.Scale * 0.01, pose.Scale * 0.018, dark, 0.55 * Math.Min(1, expression.BrowsTogether), skin);
        }
        if (expression.InnerBrow + expression.OuterBrow > 1.0)
        {
            foreach (var y in (ReadOnlySpan<double>)[-0.8, -0.7])
                canvas.Stroke(Line(new(-0.4, y + 0.02), new(-0.15, y - 0.03), new(0.15, y - 0.03), new(0.4, y + 0.02)), pose.Scale * 0.01, pose.Scale * 0.01, dark, 0.3 + (0.2 * person.Age), skin);
        }
    }

    private void PaintFolds(int side, double tip, double width, Colour dark, double[] skin)
    {
        var depth = (0.16 * person.Age) + (0.5 * Math.Max(0, expression.Corners)) + (0.45 * Math.Max(0, expression.UpperLip));
        if (depth < 0.1) return;
        var reach = 0.42 + (0.06 * expression.Stretch) + (0.05 * Math.Max(0, expression.Corners));
        canvas.Stroke(Line(new(side * width * 1.35, tip - 0.02), new(side * (reach - 0.1), tip + 0.08), new(side * reach, tip + 0.16), new(side * (reach + 0.02), tip + 0.34)),
            pose.Scale * 0.02, pose.Scale * 0.01, dark, Math.Min(0.6, depth), skin);
    }

    private Point[] Line(Point a, Point b, Point c, Point d) => pose.Front(Curve.Cubic(a, b, c, d, 8).Append(d));

    private Point[] Outline()
    {
        double cheek = person.Cheek, jaw = person.Jaw, chin = person.Chin + _jawDrop, plump = 0.03 * Math.Max(0, expression.Cheeks);
        return Curve.Closed([
            new(0, -1.26), new(cheek * 0.62, -1.1), new(cheek * 0.97, -0.55), new(cheek + plump, 0.1), new(jaw + 0.06 + plump, 0.66), new(0.4, chin - 0.14),
            new(0, chin), new(-0.4, chin - 0.14), new(-jaw - 0.06 - plump, 0.66), new(-cheek - plump, 0.1), new(-cheek * 0.97, -0.55), new(-cheek * 0.62, -1.1)]);
    }
}
