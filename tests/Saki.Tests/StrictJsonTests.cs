using System.Text.Json;

namespace Saki.Tests;

public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("7b2261223a2280227d")] // {"a":"\x80"}
    [InlineData("7b2280223a317d")] // {"\x80":1}
    [InlineData("7b2261223a225c7564383030227d")] // {"a":"\ud800"}
    [InlineData("7b225c7564633030223a317d")] // {"\udc00":1}
    [InlineData("7b")]
    public void Texts_that_are_none_are_refused(string hex) => Assert.ThrowsAny<JsonException>(() => StrictJson.Parse(Convert.FromHexString(hex), new JsonDocumentOptions { MaxDepth = 8 }));

    [Fact]
    public void Good_texts_pass_with_and_without_escapes()
    {
        using var document = StrictJson.Parse("{\"caf\\u00e9\":\"\\ud83d\\ude00\",\"b\":\"é\\n\"}"u8.ToArray(), new JsonDocumentOptions { MaxDepth = 8 });
        Assert.Equal("😀", document.RootElement.GetProperty("café").GetString());
    }
}
