using Saki.Vision;

namespace Saki.Server.Try;

/// <summary>How a browser shows a picture that we have read.</summary>
internal static class BrowserPicture
{
    /// <summary>The media type to show it under, by its first bytes and never by what the sender says; null when browsers do not draw the format.</summary>
    public static string? TypeOf(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "image/jpeg",
        ImageFormat.Png => "image/png",
        ImageFormat.Gif => "image/gif",
        ImageFormat.Bmp => "image/bmp",
        ImageFormat.WebP => "image/webp",
        ImageFormat.Avif => "image/avif",
        _ => null,
    };

    /// <summary>The picture inside its address, so that nothing of it has to be stored.</summary>
    public static string DataUrl(string type, ReadOnlySpan<byte> bytes) => $"data:{type};base64,{Convert.ToBase64String(bytes)}";
}
