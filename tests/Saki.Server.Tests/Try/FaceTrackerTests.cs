using Saki.Pipelines;
using Saki.Server.Try.Live;

namespace Saki.Server.Tests.Try;

public sealed class FaceTrackerTests
{
    private readonly FaceTracker _tracker = new();

    [Fact]
    public void A_face_keeps_its_number_while_it_moves_and_another_gets_its_own()
    {
        Assert.Equal([1], Next((10, 10, "happy", 1f)));
        Assert.Equal([1, 2], Next((20, 14, "happy", 1f), (300, 10, "sad", 1f)));
        Assert.Equal([2, 1], Next((310, 10, "sad", 1f), (30, 16, "happy", 1f)));
    }

    [Fact]
    public void A_face_that_is_lost_for_a_moment_comes_back_as_itself_and_later_as_a_new_one()
    {
        Next((10, 10, "happy", 1f));
        Next();
        Next();
        Assert.Equal([1], Next((12, 10, "happy", 1f)));
        for (var i = 0; i < 10; i++) Next();
        Assert.Equal([2], Next((12, 10, "happy", 1f)));
    }

    [Fact]
    public void A_face_that_gets_faster_than_its_box_is_wide_is_still_itself_and_its_box_keeps_up()
    {
        var x = 0;
        for (var speed = 0; speed <= 80; speed += 5)
        {
            x += speed;
            Assert.Equal([1], Next((x, 10, "happy", 1f)));
        }
        IReadOnlyList<TrackedFace> seen = [];
        for (var i = 0; i < 12; i++) seen = _tracker.Next(Answer((x += 80, 10, "happy", 1f)));
        Assert.InRange(Assert.Single(seen).Box[0], x - 4, x + 4);
        Next();
        Assert.Equal([1], Next((x + 140, 10, "happy", 1f))); // went on where nobody saw it
    }

    [Fact]
    public void Bars_follow_slowly_and_still_add_up_to_one()
    {
        Next((10, 10, "happy", 1f));
        var face = _tracker.Next(Answer((10, 10, "sad", 1f)))[0];
        Assert.Equal("happy", face.Top[0].Class);
        Assert.Equal(0.6, face.Top[0].Probability, 3);
        Assert.Equal(1, face.Top.Sum(entry => entry.Probability), 3);
        for (var i = 0; i < 5; i++) face = _tracker.Next(Answer((10, 10, "sad", 1f)))[0];
        Assert.Equal("sad", face.Top[0].Class);
    }

    [Fact]
    public void The_whole_picture_is_number_0()
    {
        var answer = Answer() with { Faces = null };
        Assert.Equal(0, Assert.Single(_tracker.Next(answer)).Id);
        Assert.Empty(_tracker.Next(answer)[0].Box);
    }

    private int[] Next(params (int X, int Y, string Class, float Probability)[] faces) => [.. _tracker.Next(Answer(faces)).Select(face => face.Id)];

    private static Prediction Answer(params (int X, int Y, string Class, float Probability)[] faces) => new()
    {
        Class = "happy",
        Probability = 1,
        Top = [new ClassProbability("happy", 1)],
        Model = "m",
        Version = "1",
        Pipeline = "p",
        Id = "i",
        Milliseconds = new PredictionTime(0, 0, 0),
        Faces = [.. faces.Select(face => new FacePrediction([face.X, face.Y, 60, 80], face.Class, face.Probability, [new ClassProbability(face.Class, face.Probability)]))],
    };
}
