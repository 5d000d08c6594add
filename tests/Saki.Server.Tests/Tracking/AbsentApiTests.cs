namespace Saki.Server.Tests.Tracking;

public sealed class AbsentApiTests
{
    [Theory]
    [InlineData("/api/2.0/mlflow")]
    [InlineData("/ajax-api/2.0/mlflow")]
    [InlineData("/api/3.0/mlflow")]
    [InlineData("/ajax-api/3.0/mlflow")]
    public async Task What_is_not_kept_is_searched_in_vain_and_refused_in_a_sentence(string prefix)
    {
        await using var server = await MlflowServer.StartAsync();
        Assert.Equal("{}", (await server.PostAsync($"{prefix}/traces/search", """{"locations":[{"type":"MLFLOW_EXPERIMENT"}],"max_results":5}""")).ToJsonString());
        Assert.Equal("{}", (await server.GetAsync($"{prefix}/traces?experiment_ids=0&max_results=5")).ToJsonString());
        Assert.Equal("{}", (await server.PostAsync($"{prefix}/datasets/search", """{"experiment_ids":["0"]}""")).ToJsonString());
        foreach (var (method, path) in (IEnumerable<(HttpMethod, string)>)[(HttpMethod.Post, "traces"), (HttpMethod.Get, "traces/tr-1/info"), (HttpMethod.Delete, "scorers/delete"), (HttpMethod.Post, "graphql")])
        {
            var (status, code, message) = await server.RefusalAsync(method, $"{prefix}/{path}", method == HttpMethod.Post ? "{}" : null);
            Assert.Equal((501, "NOT_IMPLEMENTED"), (status, code));
            Assert.Contains("This server keeps no", message, StringComparison.Ordinal);
        }
    }
}
