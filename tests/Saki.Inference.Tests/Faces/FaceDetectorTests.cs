using System.Globalization;
using Saki.Inference.Faces;
using Saki.Pipelines;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Inference.Tests.Faces;

/// <summary>27 faces annotated by hand on six photos, and what another implementation found with the same network (../shared/data/README.md, faces).</summary>
public sealed class FaceDetectorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-faces-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedDataFact]
    public void Ultraface_finds_27_of_27_faces_and_nothing_else()
    {
        using var detector = FaceDetector.Open(SharedData.At("models/face/ultraface-RFB-320.onnx"));
        Assert.IsType<UltraFaceDetector>(detector);
        Assert.Equal((27, 0), Score(detector));
    }

    [SharedDataFact]
    public void Ultrafaces_boxes_are_those_of_the_reference()
    {
        using var detector = FaceDetector.Open(SharedData.At("models/face/ultraface-RFB-320.onnx"));
        var reference = File.ReadLines(SharedData.At("faces/ultraface_rfb320_detections.csv")).Skip(1).Select(line => line.Split(','))
            .Select(cells => (File: cells[0], Left: Number(cells[2]), Top: Number(cells[3]), Right: Number(cells[4]), Bottom: Number(cells[5]))).ToLookup(face => face.File);
        foreach (var photo in new[] { "2007_007763.jpg", "2008_002470.jpg", "astronaut.png", "group_selfie.jpg", "obama-480p.jpg", "obama_and_biden.jpg", "crowd_16.jpg" })
        {
            var found = Find(detector, photo);
            Assert.Equal(reference[photo].Count(), found.Count);
            foreach (var (_, left, top, right, bottom) in reference[photo])
                Assert.Contains(found, face => Overlap(face.Box, new Box((int)left, (int)top, (int)(right - left), (int)(bottom - top))) > 0.85);
            Assert.Equal(found.OrderByDescending(face => face.Box.Area).Select(face => face.Box.Area), found.Select(face => face.Box.Area));
        }
    }

    [SharedDataTheory]
    [InlineData("yunet_n_dynamic.onnx")]
    [InlineData("yunet_n_640_640.onnx")]
    public void Yunet_finds_the_annotated_faces(string model)
    {
        using var detector = FaceDetector.Open(SharedData.At($"models/face/{model}"));
        Assert.IsType<YuNetDetector>(detector);
        Assert.Equal((27, 0), Score(detector));
    }

    [SharedDataFact]
    public void A_model_that_finds_no_faces_is_refused()
    {
        var refused = Assert.Throws<SakiException>(() => FaceDetector.Open(SharedData.At("models/mnist/opt-mnist.onnx")));
        Assert.Contains("got Plus214_Output_0", refused.Message, StringComparison.Ordinal);
    }

    [SharedDataFact]
    public void Faces_are_cut_out_and_classified_and_a_picture_without_any_is_classified_whole()
    {
        var options = new PredictorOptions { FaceModel = SharedData.At("models/face/ultraface-RFB-320.onnx") };
        using var all = Fer(FaceMode.All, options);
        var answer = all.Predict(File.ReadAllBytes(SharedData.At("faces/2008_002470.jpg")), top: 2);
        Assert.Equal(6, answer.Faces!.Count);
        Assert.Equal((answer.Class, answer.Probability), (answer.Faces[0].Class, answer.Faces[0].Probability));
        Assert.All(answer.Faces, face => Assert.Equal((4, 2), (face.Box.Count, face.Top.Count)));

        using var largest = Fer(FaceMode.Largest, options);
        var one = largest.Predict(File.ReadAllBytes(SharedData.At("faces/2008_002470.jpg")), top: 2);
        Assert.Equal(answer.Faces[0].Box, Assert.Single(one.Faces!).Box);
        Assert.Equal((answer.Class, answer.Probability), (one.Class, one.Probability));

        // The same cut by hand, without a face search, is the same answer to the bit.
        using var picture = ImageDecoder.Decode(File.ReadAllBytes(SharedData.At("faces/2008_002470.jpg")), new DecodeOptions());
        using var cut = Preprocessor.Crop(picture, new Box(one.Faces![0].Box[0], one.Faces[0].Box[1], one.Faces[0].Box[2], one.Faces[0].Box[3]));
        using var none = Fer(FaceMode.None, options);
        Assert.Equal(one.Probability, none.Predict(cut).Probability);

        using var blank = new Image(200, 100, 3);
        blank.Pixels.Fill(90);
        Assert.Empty(all.Predict(blank).Faces!);
        Assert.Equal(none.Predict(blank).Probability, all.Predict(blank).Probability);
    }

    [SharedDataFact]
    public void Without_a_model_file_the_cascade_looks_for_faces()
    {
        using var predictor = Fer(FaceMode.Largest, new PredictorOptions());
        Assert.Single(predictor.Predict(File.ReadAllBytes(SharedData.At("faces/obama-480p.jpg"))).Faces!);
    }

    private Predictor Fer(FaceMode faces, PredictorOptions options) =>
        Predictor.Load(PackageBuilder.Wrap(SharedData.At("models/fer2013/fer2013_mini_xception.onnx"), TestFiles.Fer with { Faces = faces }, Path.Combine(_folder, $"{faces}")), options);

    private static IReadOnlyList<Face> Find(IFaceDetector detector, string photo)
    {
        using var picture = ImageDecoder.Decode(File.ReadAllBytes(SharedData.At($"faces/{photo}")), new DecodeOptions());
        return detector.Find(picture);
    }

    // Annotated faces that were found, and findings that are no annotated face.
    private static (int Found, int False) Score(IFaceDetector detector)
    {
        var (hits, misses) = (0, 0);
        var annotated = File.ReadLines(SharedData.At("faces/ground_truth_boxes.csv")).Skip(1).Select(line => line.Split(','))
            .Select(cells => (File: cells[0], Box: new Box((int)Number(cells[1]), (int)Number(cells[2]), (int)Number(cells[3]), (int)Number(cells[4])))).ToLookup(face => face.File, face => face.Box);
        foreach (var photo in annotated)
        {
            var found = Find(detector, photo.Key);
            hits += photo.Count(box => found.Any(face => Overlap(face.Box, box) > 0.3)); // annotators and networks draw differently tight boxes
            misses += found.Count(face => photo.All(box => Overlap(face.Box, box) <= 0.3));
        }
        return (hits, misses);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static double Overlap(Box a, Box b)
    {
        var width = Math.Min(a.X + a.Width, b.X + b.Width) - Math.Max(a.X, b.X);
        var height = Math.Min(a.Y + a.Height, b.Y + b.Height) - Math.Max(a.Y, b.Y);
        return width <= 0 || height <= 0 ? 0 : (double)width * height / (a.Area + b.Area - ((double)width * height));
    }
}
