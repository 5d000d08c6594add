using Saki.Testing;
using Saki.Vision.Faces;

namespace Saki.Vision.Tests;

/// <summary>Counts what the whole process holds, so nothing else may run.</summary>
[Collection(nameof(RunAlone))]
public sealed class LeakTests
{
    [Fact]
    public void Ten_thousand_pictures_leave_nothing_behind()
    {
        var options = new DecodeOptions();
        Round(500);
        var (images, cascades, memory) = (Image.Count.Live, CascadeHandle.Count.Live, ResidentMegabytes());
        Round(10_000);
        Assert.Equal(images, Image.Count.Live);
        Assert.Equal(cascades, CascadeHandle.Count.Live);
        Assert.Equal(0, Vips.VipsImage.Count.Live);
        Assert.InRange(ResidentMegabytes() - memory, -1000, 40); // 10,000 leaked handles of 10 KB would be 100

        void Round(int count)
        {
            var formats = TinyPictures.ByFormat.Values.ToArray();
            for (var i = 0; i < count; i++)
            {
                var bytes = formats[i % formats.Length];
                if (i % 7 == 0) bytes = bytes[..(bytes.Length / 2)];
                try
                {
                    ImageDecoder.Decode(bytes, options).Dispose();
                }
                catch (ImageException)
                {
                }
            }
        }
    }

    private static double ResidentMegabytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet / 1e6;
    }
}
