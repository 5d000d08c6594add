using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Saki.Server.Tests.Webhooks;

/// <summary>What one call brought.</summary>
internal sealed record Received(string Delivery, string Timestamp, string? Signature, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Event => $"{Json["entity"]}.{Json["action"]}";
}

/// <summary>A real HTTP server that keeps what it is called with, and answers as it is told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _news = new(0);
    private LoopbackApp _app = null!;

    public ConcurrentQueue<Received> Calls { get; } = new();

    /// <summary>The status of the next answers; without more: 200.</summary>
    public ConcurrentQueue<int> Answers { get; } = new();

    /// <summary>Where a 302 leads.</summary>
    public string Elsewhere { get; set; } = "/";

    public string Url => new Uri(_app.Address, "/hook").ToString();

    public static async Task<Receiver> StartAsync()
    {
        var receiver = new Receiver();
        receiver._app = await LoopbackApp.StartAsync(receiver.AnswerAsync);
        return receiver;
    }

    /// <summary>Returns when so many calls came since the last time.</summary>
    public async Task ExpectAsync(int calls)
    {
        for (var i = 0; i < calls; i++) Assert.True(await _news.WaitAsync(Patience), $"only {i} of {calls} calls came");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var headers = context.Request.Headers;
        Calls.Enqueue(new Received(headers["X-MLflow-Delivery-Id"].ToString(), headers["X-MLflow-Timestamp"].ToString(), headers["X-MLflow-Signature"].FirstOrDefault(), await reader.ReadToEndAsync()));
        context.Response.StatusCode = Answers.TryDequeue(out var status) ? status : 200;
        if (context.Response.StatusCode == 302) context.Response.Headers.Location = Elsewhere;
        await context.Response.WriteAsync("thanks");
        _news.Release();
    }
}
