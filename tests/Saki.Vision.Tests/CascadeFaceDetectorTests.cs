using System.Globalization;
using Saki.Testing;

namespace Saki.Vision.Tests;

public sealed class CascadeFaceDetectorTests
{
    private static Dictionary<string, List<Box>> Annotated() => File.ReadLines(SharedData.At("faces/ground_truth_boxes.csv")).Skip(1)
        .Select(line => line.Split(','))
        .GroupBy(cells => cells[0], cells => new Box(Number(cells[1]), Number(cells[2]), Number(cells[3]), Number(cells[4])))
        .ToDictionary(photo => photo.Key, photo => photo.ToList());

    [SharedDataFact]
    public void At_least_24_of_the_27_annotated_faces_are_found_and_at_most_3_that_are_none()
    {
        using var detector = new CascadeFaceDetector();
        var (found, wrong, all) = (0, 0, 0);
        foreach (var (photo, faces) in Annotated())
        {
            using var image = ImageDecoder.Decode(File.ReadAllBytes(SharedData.At("faces/" + photo)), new DecodeOptions());
            var boxes = detector.Find(image);
            found += faces.Count(face => boxes.Any(box => Overlap(face, box) > 0.3));
            wrong += boxes.Count(box => !faces.Any(face => Overlap(face, box) > 0.3));
            all += faces.Count;
        }
        Assert.Equal(27, all);
        Assert.True(found >= 24 && wrong <= 3, $"{found} found, {wrong} wrong");
    }

    [SharedDataFact]
    public void Four_threads_find_what_one_finds()
    {
        using var image = ImageDecoder.Decode(File.ReadAllBytes(SharedData.At("faces/2007_007763.jpg")), new DecodeOptions { Channels = 1 });
        using var detector = new CascadeFaceDetector();
        var expected = detector.Find(image);
        Assert.NotEmpty(expected);
        Parallel.For(0, 12, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => Assert.Equal(expected, detector.Find(image)));
    }

    [SharedDataFact]
    public void Boxes_of_a_large_photo_are_in_its_own_pixels_largest_first()
    {
        using var image = ImageDecoder.Decode(File.ReadAllBytes(SharedData.At("faces/obama-1080p.jpg")), new DecodeOptions());
        using var detector = new CascadeFaceDetector();
        var boxes = detector.Find(image);
        Assert.InRange(boxes[0].Width, 300, 900);
        Assert.Equal(boxes.OrderByDescending(box => box.Area), boxes);
        Assert.All(boxes, box => Assert.Equal(box, box.Within(image.Width, image.Height)));
    }

    [Fact]
    public void An_empty_picture_has_no_face_and_a_file_that_is_no_cascade_is_told()
    {
        using var detector = new CascadeFaceDetector();
        using var image = new Image(64, 64, 1);
        image.Pixels.Clear();
        Assert.Empty(detector.Find(image));
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "no cascade");
            Assert.Throws<SakiException>(() => new CascadeFaceDetector(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static int Number(string cell) => (int)double.Parse(cell, CultureInfo.InvariantCulture);

    private static double Overlap(Box a, Box b)
    {
        var width = Math.Min(a.X + a.Width, b.X + b.Width) - Math.Max(a.X, b.X);
        var height = Math.Min(a.Y + a.Height, b.Y + b.Height) - Math.Max(a.Y, b.Y);
        if (width <= 0 || height <= 0) return 0;
        var common = (double)width * height;
        return common / (a.Area + b.Area - common);
    }
}
