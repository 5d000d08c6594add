namespace Saki.Vision.Tests;

public sealed class VisionEnginesTests
{
    [Fact]
    public void All_three_engines_are_described_with_where_they_are()
    {
        var engines = VisionEngines.Describe();
        Assert.Equal(["libjpeg-turbo", "libvips", "OpenCV face detection"], engines.Select(engine => engine.Engine));
        Assert.All(engines, engine => Assert.True(engine.Found, string.Join(' ', engine.Facts)));
        Assert.StartsWith("8.", engines[1].Version, StringComparison.Ordinal);
        Assert.StartsWith("4.", engines[2].Version, StringComparison.Ordinal);
    }
}
