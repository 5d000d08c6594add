using Saki.Vision;

namespace Saki.Server.Tests.Browser;

/// <summary>A film for Chromium's fake camera, made of one picture.</summary>
internal static class Film
{
    /// <summary>The browser's arguments for a camera that shows a film, without asking whether it may.</summary>
    public static string[] Camera(string film) => ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", $"--use-file-for-fake-video-capture={film}"];

    /// <summary>Writes the film; a repeating one of three equal frames.</summary>
    // YUV4MPEG2, planes of BT.601 in full range with halved colour; the same frame three times.
    public static void Write(string path, Image picture)
    {
        using var file = File.Create(path);
        var (width, height) = (picture.Width & ~1, picture.Height & ~1);
        var (y, u, v) = (new byte[width * height], new byte[width * height / 4], new byte[width * height / 4]);
        for (var line = 0; line < height; line++)
        {
            var row = picture.Row(line);
            for (var x = 0; x < width; x++)
            {
                double red = row[3 * x], green = row[(3 * x) + 1], blue = row[(3 * x) + 2];
                y[(line * width) + x] = (byte)((0.299 * red) + (0.587 * green) + (0.114 * blue));
                var at = (line / 2 * (width / 2)) + (x / 2);
                u[at] = (byte)Math.Clamp(128 - (0.168736 * red) - (0.331264 * green) + (0.5 * blue), 0, 255);
                v[at] = (byte)Math.Clamp(128 + (0.5 * red) - (0.418688 * green) - (0.081312 * blue), 0, 255);
            }
        }
        file.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n")));
        for (var frame = 0; frame < 3; frame++)
        {
            file.Write("FRAME\n"u8);
            file.Write(y);
            file.Write(u);
            file.Write(v);
        }
    }
}
