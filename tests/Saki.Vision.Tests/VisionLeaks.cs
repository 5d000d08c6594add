using Saki.Testing;
using Saki.Vision.Faces;
using Saki.Vision.Vips;
using Xunit.Abstractions;

[assembly: TestFramework("Saki.Vision.Tests.VisionLeaks", "Saki.Vision.Tests")]

namespace Saki.Vision.Tests;

/// <summary>No picture, cascade or libvips reference may be left to the garbage collector or outlive the tests.</summary>
public sealed class VisionLeaks(IMessageSink messages) : LeakCheckingFramework(messages)
{
    protected override IEnumerable<string?> Leaks() => [Image.Count.Leak("Images"), CascadeHandle.Count.Leak("Cascades"), VipsImage.Count.Leak("References to libvips pictures")];
}
