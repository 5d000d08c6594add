using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Saki.Pipelines;
using Saki.Server.Try;

namespace Saki.Server.Tests.Try;

public sealed class PictureTests
{
    [Fact]
    public async Task A_face_gets_a_box_with_a_halo_and_a_tag_in_pixels_of_the_picture()
    {
        var page = await RenderAsync(400, 300, Face(40, 60, 80, 100, "happy", 0.964f));
        var drawing = page.QuerySelector(".shot svg:not(.icon)")!;
        Assert.Equal("0 0 400 300", drawing.GetAttribute("viewBox"));
        var box = drawing.QuerySelectorAll("rect")[1];
        Assert.Equal(("40", "60", "80", "100"), (box.GetAttribute("x"), box.GetAttribute("y"), box.GetAttribute("width"), box.GetAttribute("height")));
        Assert.Equal("happy 96.4 %", drawing.QuerySelector("text")!.TextContent.Replace('\u00a0', ' '));
        Assert.Contains("face 80 × 100 at 40, 60", page.QuerySelector("figcaption")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_faces_are_numbered_and_a_tag_never_leaves_the_picture_at_the_top()
    {
        var page = await RenderAsync(400, 300, Face(0, 0, 80, 100, "happy", 0.9f), Face(200, 100, 50, 50, "sad", 0.5f));
        Assert.Equal(["1 happy", "2 sad"], page.QuerySelectorAll(".shot text").Select(t => string.Join(' ', t.TextContent.Replace('\u00a0', ' ').Split(' ').Take(2))));
        Assert.All(page.QuerySelectorAll(".shot .tag"), tag => Assert.True(double.Parse(tag.GetAttribute("y")!, System.Globalization.CultureInfo.InvariantCulture) >= 0));
    }

    [Fact]
    public async Task No_face_is_said()
    {
        var page = await RenderAsync(400, 300);
        Assert.Contains("no face found", page.QuerySelector("figcaption")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll(".shot svg"));
    }

    private static FacePrediction Face(int x, int y, int width, int height, string name, float probability) =>
        new([x, y, width, height], name, probability, [new ClassProbability(name, probability)]);

    private static async Task<IDocument> RenderAsync(int width, int height, params FacePrediction[] faces)
    {
        var view = new TryView
        {
            Route = "http://127.0.0.1/predict_image",
            MaxImageBytes = 1,
            Picture = new ShownPicture("/x.png", "x.png", width, height, 1000, Shown: true, Sample: null),
            Answer = new Prediction
            {
                Class = "happy",
                Probability = 0.5f,
                Top = [],
                Model = "m",
                Version = "1",
                Pipeline = "p",
                Faces = faces,
                Milliseconds = new PredictionTime(1, 1, 1),
                Id = "id",
            },
        };
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<Picture>(ParameterView.FromDictionary(new Dictionary<string, object?> { ["View"] = view }))).ToHtmlString());
        return await new HtmlParser().ParseDocumentAsync(html);
    }
}
