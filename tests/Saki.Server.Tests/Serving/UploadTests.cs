using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;
using Saki.Server.Serving;
using static Saki.Server.Tests.Serving.RequestBodies;

namespace Saki.Server.Tests.Serving;

/// <summary>The four forms in which pictures are sent, read from the bytes that HttpClient really makes of them.</summary>
public sealed class UploadTests
{
    private static readonly ServerOptions Small = new() { MaxImageBytes = 1000, MaxRequestBytes = 8000, MaxImages = 3 };
    private static readonly byte[] Picture = [.. Enumerable.Range(0, 700).Select(i => (byte)(i * 37))];

    [Fact]
    public async Task Every_form_gives_the_same_bytes()
    {
        var base64 = Convert.ToBase64String(Picture);
        HttpContent[] forms =
        [
            Typed(Picture, "image/png"), Typed(Picture, "application/octet-stream"), new ByteArrayContent(Picture),
            Parts(("a.png", Picture)),
            Json($"{{\"image\": \"{base64}\"}}"),
            Json($"{{\"image\": \"data:image/png;base64,{base64}\"}}"),
            Json($"{{\"image\": \"{base64.Replace("/", "\\/", StringComparison.Ordinal)}\"}}"),
            Json($"{{\"images\": [\"{base64}\"]}}"),
        ];
        foreach (var form in forms)
        {
            var upload = await ReadAsync(form);
            Assert.Equal(Picture, Assert.Single(upload.Images).Bytes.ToArray());
        }
    }

    [Fact]
    public async Task Several_parts_and_lists_keep_their_order_and_names()
    {
        var parts = await ReadAsync(Parts(("a.png", [1]), ("b.png", [2]), ("c.png", [3])));
        Assert.True(parts.AsList);
        Assert.Equal(["a.png", "b.png", "c.png"], parts.Images.Select(i => i.File));
        Assert.Equal([1, 2, 3], parts.Images.Select(i => (int)i.Bytes.Span[0]));

        var list = await ReadAsync(Json("{\"images\": [\"AQ==\", \"Ag==\"]}"));
        Assert.Equal([1, 2], list.Images.Select(i => (int)i.Bytes.Span[0]));
        Assert.True((await ReadAsync(Json("{\"images\": [\"AQ==\"]}"))).AsList);
        Assert.False((await ReadAsync(Json("{\"image\": \"AQ==\"}"))).AsList);
    }

    [Theory]
    [InlineData("C:\\Users\\me\\cat.png", "cat.png")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("a\u0001b.png", "ab.png")]
    [InlineData("a\u202Egnp.exe", "agnp.exe")]
    public async Task Names_lose_their_folders_and_control_characters(string sent, string kept)
    {
        var body = $"--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"{sent}\"\r\n\r\nDATA\r\n--x--\r\n";
        var upload = await ReadAsync(Typed(Encoding.UTF8.GetBytes(body), "multipart/form-data; boundary=x"));
        Assert.Equal(kept, Assert.Single(upload.Images).File);
    }

    public static TheoryData<string, string, string, int> Refused => new()
    {
        { "empty raw body", "image/png", "", 400 },
        { "text", "text/plain", "hello", 415 },
        { "plain form", "application/x-www-form-urlencoded", "image=AQ%3D%3D", 415 },
        { "nonsense content type", "no type at all", "hello", 415 },
        { "no boundary", "multipart/form-data", "--x--\r\n", 400 },
        { "giant boundary", $"multipart/form-data; boundary={new string('x', 5000)}", "x", 400 },
        { "cut off multipart", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nDATA", 400 },
        { "no part", "multipart/form-data; boundary=x", "--x--\r\n", 400 },
        { "empty file", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n\r\n--x--\r\n", 400 },
        { "text field", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n@cat.jpg\r\n--x--\r\n", 400 },
        { "giant part header", "multipart/form-data; boundary=x", $"--x\r\nContent-Disposition: form-data; name=\"{new string('n', 9000)}\"; filename=\"a\"\r\n\r\nD\r\n--x--\r\n", 400 },
        { "not JSON", "application/json", "image", 400 },
        { "no object", "application/json", "[\"AQ==\"]", 400 },
        { "nothing in it", "application/json", "{}", 400 },
        { "wrong member", "application/json", "{\"picture\": \"AQ==\"}", 400 },
        { "two members", "application/json", "{\"image\": \"AQ==\", \"url\": \"http://x\"}", 400 },
        { "named twice", "application/json", "{\"image\": \"AQ==\", \"image\": \"Ag==\"}", 400 },
        { "a number", "application/json", "{\"image\": 1}", 400 },
        { "a number in the list", "application/json", "{\"images\": [\"AQ==\", 1]}", 400 },
        { "empty list", "application/json", "{\"images\": []}", 400 },
        { "empty text", "application/json", "{\"image\": \"\"}", 400 },
        { "not base64", "application/json", "{\"image\": \"ä%%%\"}", 400 },
        { "base64 without padding", "application/json", "{\"image\": \"AQ\"}", 400 },
        { "data URL that is not base64", "application/json", "{\"image\": \"data:image/png,AQ==\"}", 400 },
        { "deep", "application/json", "{\"image\": [[[[[[1]]]]]]}", 400 },
        { "long base64", "application/json", $"{{\"image\": \"{new string('A', 1400)}\"}}", 413 },
        { "long raw body", "image/png", new string('A', 1001), 413 },
        { "long part", "multipart/form-data; boundary=x", $"--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n{new string('A', 1001)}\r\n--x--\r\n", 413 },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_not_a_picture_is_refused_with_a_sentence(string what, string type, string body, int status)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        var refusal = await Assert.ThrowsAsync<RequestException>(() => ReadAsync(content));
        Assert.True(status == refusal.Status, $"{what}: {refusal.Status}, {refusal.Message}");
        Assert.NotNull(refusal.Next);
    }

    [Fact]
    public async Task A_hundred_parts_are_too_many()
    {
        var refusal = await Assert.ThrowsAsync<RequestException>(() => ReadAsync(Parts([.. Enumerable.Range(0, 100).Select(i => ($"{i}.png", new byte[] { 1 }))])));
        Assert.Equal(413, refusal.Status);
        Assert.Contains("3 pictures", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_body_of_unknown_length_is_refused_while_it_is_read()
    {
        using var endless = new EndlessStream();
        var context = new DefaultHttpContext();
        context.Request.Body = endless;
        context.Request.ContentType = "image/png";
        var refusal = await Assert.ThrowsAsync<RequestException>(() => Upload.ReadAsync(context.Request, Small, default));
        Assert.Equal(413, refusal.Status);
        Assert.True(endless.Given < 200_000);
    }

    [Fact]
    public async Task A_compressed_body_is_refused_unopened()
    {
        var content = Typed(Picture, "image/png");
        content.Headers.ContentEncoding.Add("gzip");
        Assert.Equal(415, (await Assert.ThrowsAsync<RequestException>(() => ReadAsync(content))).Status);
    }

    private static async Task<Upload> ReadAsync(HttpContent content)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = await content.ReadAsStreamAsync();
        foreach (var header in content.Headers) context.Request.Headers[header.Key] = header.Value.ToArray();
        context.Request.ContentLength = content.Headers.ContentLength;
        return await Upload.ReadAsync(context.Request, Small, default);
    }

    private sealed class EndlessStream : Stream
    {
        public long Given { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => Given; set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count)
        {
            Given += count;
            return count;
        }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
