using Saki.Server.Feedback;
using Saki.Server.Try;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Server.Labelling;

/// <summary>The bytes behind tasks: those of data sets from the object store, those that people gave from the feedback store.</summary>
internal sealed class LabelPictures(SakiHome home, FeedbackStore feedback) : IDisposable
{
    private readonly ObjectStore _objects = new(home.Objects);

    /// <summary>The encoded picture; null when it is gone.</summary>
    public byte[]? Read(TaskPicture picture)
    {
        if (picture.Origin == TaskPicture.Feedback) return feedback.ReadPicture(picture.Picture);
        if (!Digest.TryParse(picture.Picture, out var digest)) return null;
        if (!_objects.Contains(digest)) _objects.Refresh(); // an import has added packs since
        return _objects.Contains(digest) ? _objects.Read(digest) : null;
    }

    /// <summary>True when a data set of this home has the picture.</summary>
    public bool Has(Digest digest)
    {
        if (!_objects.Contains(digest)) _objects.Refresh();
        return _objects.Contains(digest);
    }

    /// <summary>The picture as browsers draw it: as it is where they know the format, else as PNG.</summary>
    public static (byte[] Bytes, string Type) ForBrowser(byte[] bytes)
    {
        if (BrowserPicture.TypeOf(ImageHeader.Read(bytes).Format) is { } type) return (bytes, type);
        using var image = ImageDecoder.Decode(bytes, new DecodeOptions());
        return (Png.Encode(image.Pixels, image.Width, image.Height), "image/png");
    }

    /// <inheritdoc/>
    public void Dispose() => _objects.Dispose();
}
