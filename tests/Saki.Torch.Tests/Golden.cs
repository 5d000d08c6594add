using System.Text.Json;

namespace Saki.Torch.Tests;

/// <summary>Numbers of PyTorch 1.13.1, made by tests/golden/torch_ops.py.</summary>
internal static class Golden
{
    private static readonly Lazy<JsonDocument> File = new(() => JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "golden", "torch_ops.json"))));

    internal static JsonElement Root => File.Value.RootElement;

    internal static JsonElement Case(string name) => Root.GetProperty("cases").GetProperty(name);

    internal static Tensor Tensor(JsonElement element) =>
        torch.tensor(Numbers(element), element.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray());

    internal static float[] Numbers(JsonElement element) => [.. element.GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];

    /// <summary>Same shape, and every element within <paramref name="tolerance"/> relative to 1 + its size.</summary>
    internal static void AssertClose(JsonElement expected, Tensor actual, double tolerance = 1e-5)
    {
        Assert.Equal([.. expected.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())], actual.shape);
        using var plain = actual.to(torch.float32);
        var numbers = plain.ToArray<float>();
        var golden = Numbers(expected);
        for (var i = 0; i < golden.Length; i++)
            Assert.True(Math.Abs(golden[i] - numbers[i]) <= tolerance * (1 + Math.Abs(golden[i])), $"element {i}: PyTorch {golden[i]}, here {numbers[i]}");
    }
}
