using System.Net;
using Saki.Inference.Serving;
using Saki.Server.Tests.Serving;

namespace Saki.Server.Tests.ServingPages;

/// <summary>The page as somebody without scripts reads and uses it.</summary>
public sealed class ServingPageTests
{
    [Fact]
    public async Task Without_models_the_page_says_what_to_type()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Models = new ModelRepository(new RepositoryOptions { Cache = Path.GetTempPath() }) });
        var page = await server.GetPageAsync("/serving");
        Assert.Contains("Nothing is served", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("saki serving load", page.Body.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_roles_and_figures_are_shown_and_forms_do_what_they_say()
    {
        await using var server = await ServingServer.StartAsync();
        var plan = server.Models.Open(Path.Combine(server.Store, "plus", "2", "model.onnx"), "plus")[0];
        var done = await PostAsync(server, "/serving/-/load", ("model", "plus"), ("file", "other.onnx"));
        Assert.Contains("local loaded plus", done, StringComparison.Ordinal);
        var page = await PostAsync(server, "/serving/plus/canary", ("version", plan.Version), ("percent", "12.5"));
        Assert.Contains("plus: canary running", page, StringComparison.Ordinal);
        Assert.Contains("12.5", page, StringComparison.Ordinal);
        Assert.Contains("Goes back to", page, StringComparison.Ordinal);
        Assert.Equal(12.5, server.Models.Routes.Of("plus").Canary?.Percent);
        await PostAsync(server, "/serving/plus/shadow", ("version", plan.Version));
        Assert.Equal(plan.Version, server.Models.Routes.Of("plus").Shadow?.Version);
        await PostAsync(server, $"/serving/undo/{server.Models.Routes.Events[0].Id}", ("x", "y"));
        Assert.Null(server.Models.Routes.Of("plus").Shadow);
        await PostAsync(server, "/serving/plus/canary");
        Assert.Null(server.Models.Routes.Of("plus").Canary);
    }

    [Fact]
    public async Task A_form_that_makes_no_sense_is_answered_with_a_page_that_says_why()
    {
        await using var server = await ServingServer.StartAsync();
        using var reply = await server.Client.VisitAsync("/serving/plus/canary", form: new FormUrlEncodedContent([new("version", "9"), new("percent", "5")]));
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Contains("<h1>Not here</h1>", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_sent_by_another_site_is_refused()
    {
        await using var server = await ServingServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/serving/plus/unload") { Content = new FormUrlEncodedContent([]) };
        request.Headers.Add("Origin", "https://elsewhere.example");
        using var reply = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
        using var lease = server.Models.Lease("plus");
    }

    // Follows the way back to the page, as a browser does.
    private static async Task<string> PostAsync(ServingServer server, string path, params (string Name, string Value)[] fields)
    {
        using var reply = await server.Client.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value))));
        Assert.True(reply.StatusCode == HttpStatusCode.SeeOther, await reply.Content.ReadAsStringAsync());
        return await server.Client.GetStringAsync(reply.Headers.Location!.ToString().Split('#')[0]);
    }
}
