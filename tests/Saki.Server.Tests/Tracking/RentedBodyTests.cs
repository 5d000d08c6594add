using System.Net;
using System.Text;

namespace Saki.Server.Tests.Tracking;

public sealed class RentedBodyTests
{
    [Fact]
    public async Task A_batch_that_comes_in_chunks_without_its_length_is_read_whole()
    {
        await using var server = await MlflowServer.StartAsync();
        var run = await server.NewRunAsync();
        var points = string.Join(',', Enumerable.Range(0, 1000).Select(i => $$"""{"key":"a_metric_with_a_long_name_{{i}}","value":{{i}},"timestamp":{{i}},"step":{{i}}}"""));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/2.0/mlflow/runs/log-batch")
        {
            Content = new StringContent($$"""{"run_id":"{{run}}","metrics":[{{points}}]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = true;
        using var reply = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(1000, (await server.GetAsync($"runs/get?run_id={run}"))["run"]!["data"]!["metrics"]!.AsArray().Count);
    }
}
