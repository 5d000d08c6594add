namespace Saki.Datasets.Emotions;

/// <summary>Hair behind and above the face, and beards.</summary>
internal sealed class HairPainter(Canvas canvas, Pose pose, Person person, Light light)
{
    public void PaintBehind()
    {
        if (person.Style == HairStyle.Long)
        {
            Fill([new(0, -1.5), new(0.85, -1.28), new(1.18, -0.5), new(1.15, 0.5), new(1.22, 1.5), new(0.7, 1.75), new(-0.7, 1.75), new(-1.22, 1.5), new(-1.15, 0.5), new(-1.18, -0.5), new(-0.85, -1.28)], 0.8);
        }
        if (person.Style == HairStyle.Bun) canvas.Fill(pose.Flat(Curve.Ellipse(new(0, -1.52), 0.36, 0.3)), person.Hair * 0.85);
        if (person.Style == HairStyle.Curly) Curls(0.8);
    }

    public void PaintFront(SeededRandom random)
    {
        var line = random.Uniform(-0.06, 0.06); // how low the hair begins
        switch (person.Style)
        {
            case HairStyle.Short:
                Fill([new(0, -1.42), new(0.72, -1.24), new(1.0, -0.7), new(0.98, -0.2), new(0.9, -0.25), new(0.84, -0.62), new(0.5, -0.86 + line), new(0, -0.92 + line), new(-0.5, -0.86 + line), new(-0.84, -0.62), new(-0.9, -0.25), new(-0.98, -0.2), new(-1.0, -0.7), new(-0.72, -1.24)]);
                break;
            case HairStyle.Parted or HairStyle.Long or HairStyle.Bun:
                var part = random.Chance(0.5) ? 0.3 : -0.3;
                Fill([new(0, -1.46), new(0.78, -1.26), new(1.04, -0.66), new(1.0, -0.05), new(0.93, -0.15), new(0.82, -0.6), new(part + 0.25, -0.95), new(part, -1.05 + line), new(part - 0.3, -0.92 + line), new(-0.82, -0.55), new(-0.93, -0.15), new(-1.0, -0.05), new(-1.04, -0.66), new(-0.78, -1.26)]);
                break;
            case HairStyle.Curly:
                Fill([new(0, -1.44), new(0.76, -1.26), new(1.06, -0.66), new(1.0, -0.12), new(0.88, -0.3), new(0.76, -0.72), new(0.4, -0.88 + line), new(0, -0.86), new(-0.4, -0.9 + line), new(-0.76, -0.72), new(-0.88, -0.3), new(-1.0, -0.12), new(-1.06, -0.66), new(-0.76, -1.26)]);
                break;
            default:
                return; // bald: the forehead goes on
        }
        canvas.Shade(pose.Flat(light.X * 0.6, -1.2), pose.Scale * 0.6, pose.Scale * 0.22, new Colour(1.35, 1.33, 1.3));
        Strands(random);
    }

    public void PaintBeard(double[] skin, SeededRandom random)
    {
        if (person.Beard <= 0) return;
        var jaw = pose.Flat(Curve.Closed([new(-0.86, 0.3), new(-0.6, 0.42), new(-0.42, 0.5), new(0, 0.47), new(0.42, 0.5), new(0.6, 0.42), new(0.86, 0.3), new(0.78, 0.85), new(0.4, 1.3), new(-0.4, 1.3), new(-0.78, 0.85)]));
        canvas.Fill(jaw, person.Hair.Mix(person.Skin, 0.25) * 0.8, 0.75 * person.Beard, skin);
        for (var i = 0; i < 40; i++)
        {
            double x = random.Uniform(-0.7, 0.7), y = random.Uniform(0.5, 1.15);
            canvas.Stroke([pose.Flat(x, y), pose.Flat(x * 1.02, y + 0.08)], pose.Scale * 0.01, pose.Scale * 0.01, person.Hair * 0.7, 0.4 * person.Beard, skin);
        }
    }

    private void Fill(Point[] points, double shade = 1) =>
        canvas.Fill(pose.Flat(Curve.Closed(points)), pixel => person.Hair * (shade * light.On(pose.Back(pixel).X / 1.25, (pose.Back(pixel).Y + 0.1) / 1.7)));

    private void Strands(SeededRandom random)
    {
        for (var i = 0; i < 14; i++)
        {
            double x = random.Uniform(-0.7, 0.7), shade = random.Uniform(0.6, 1.5);
            canvas.Stroke([pose.Flat(x * 0.6, -1.36 + (x * x * 0.3)), pose.Flat(x * 1.05, -1.05 + (x * x * 0.4))], pose.Scale * 0.012, pose.Scale * 0.008, person.Hair * shade, 0.45);
        }
    }

    private void Curls(double shade)
    {
        foreach (var (x, y) in (ReadOnlySpan<(double, double)>)[(-1.0, -0.3), (-1.05, -0.65), (-0.9, -1.0), (-0.6, -1.28), (-0.2, -1.42), (0.2, -1.42), (0.6, -1.28), (0.9, -1.0), (1.05, -0.65), (1.0, -0.3)])
            canvas.Fill(pose.Flat(Curve.Ellipse(new(x, y), 0.27, 0.25)), person.Hair * shade);
    }
}
