using System.Net.Http.Headers;
using System.Text;

namespace Saki.Server.Tests.Serving;

/// <summary>The forms in which clients send pictures.</summary>
internal static class RequestBodies
{
    public static ByteArrayContent Typed(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static MultipartFormDataContent Parts(params (string File, byte[] Bytes)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (file, bytes) in files) form.Add(new ByteArrayContent(bytes), "image", file);
        return form;
    }
}
