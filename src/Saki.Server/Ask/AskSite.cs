using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Loop;
using Saki.Server.Http;
using Saki.Server.Serving.Following;
using Saki.Server.Tracking;
using Saki.Server.Try;

namespace Saki.Server.Ask;

/// <summary>Questions and answers about one server: the tools, the rules, and the language model where one is set up.</summary>
internal sealed class AskSite : IAsyncDisposable
{
    private const int MostAtOnce = 16;

    private readonly ConcurrentDictionary<string, byte> _asking = new(StringComparer.Ordinal);
    private readonly RegistryLink _link;
    private readonly ChatEndpoint? _endpoint;
    private readonly AskConversation? _conversation;
    private readonly AskRules _rules;

    // drift: how a model's traffic stands where the loop watches it, else null.
    public AskSite(SakiHome home, ServerOptions options, TrackingSite tracking, RecentAnswers recent, Func<string, DriftSight?> drift, TimeProvider time)
    {
        Options = options;
        _link = tracking.Link(home, time);
        var places = new ModelPlaces(options, _link);
        Similar = new SimilarPictures(home, options, places);
        Usage = new AskUsage(tracking.Database, time);
        var models = new ModelTools(options, tracking.RegistryReader, tracking.Audit, tracking.Feedback, drift, places);
        var pictures = new PictureTools(recent, tracking.Feedback, Similar, models);
        var runs = new RunTools(tracking.RunReader, tracking.Experiments, time);
        Toolbox = new AskToolbox([pictures.Prediction, pictures.Similar, models.Card, runs.Find, runs.One, models.Drift]);
        _rules = new AskRules(Toolbox, models, runs);
        Prompt = new AskPrompt(home);
        if (options.Ask is not { } asked) return;
        _endpoint = new ChatEndpoint(asked);
        _conversation = new AskConversation(_endpoint, Toolbox, Prompt, Usage, asked);
        Prompt.Prepare();
    }

    public ServerOptions Options { get; }

    public AskToolbox Toolbox { get; }

    public AskUsage Usage { get; }

    public AskPrompt Prompt { get; }

    public SimilarPictures Similar { get; }

    /// <summary>Who words the answers, for people; null: rules.</summary>
    public string? By => _endpoint is null ? null : $"{_endpoint.Model} at {_endpoint.Host}";

    public void Map(IEndpointRouteBuilder app) => new AskApi(this, app.ServiceProvider.GetRequiredService<PictureQuestion>(), app.ServiceProvider.GetRequiredService<Serving.Admission>()).Map(app);

    /// <summary>Answers. A user asks one question at a time.</summary>
    /// <exception cref="RequestException">429: their last one is still being answered. 503: too many ask.</exception>
    public async Task<AskAnswer> AnswerAsync(AskQuestion question, CancellationToken cancellation)
    {
        var who = AskUsage.Who(question.Caller);
        if (!_asking.TryAdd(who, 0)) throw new RequestException(StatusCodes.Status429TooManyRequests, "Answering a question", "one question at a time", "another one of yours that is still being answered", "Ask again when it is answered.") { RetryAfter = 5 };
        try
        {
            if (_asking.Count > MostAtOnce) throw new RequestException(StatusCodes.Status503ServiceUnavailable, "Answering a question", $"at most {MostAtOnce} questions at once", "more", "Ask again in a moment.") { RetryAfter = 5 };
            if (_conversation is null) return await _rules.AnswerAsync(question, cancellation);
            var answer = await _conversation.AnswerAsync(question, cancellation);
            if (answer.Text.Length > 0) return answer;
            var ruled = await _rules.AnswerAsync(question, cancellation);
            return ruled with { Note = answer.Note, Tokens = answer.Tokens, Uses = [.. answer.Uses, .. ruled.Uses] };
        }
        finally
        {
            _asking.TryRemove(who, out _);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Similar.DisposeAsync();
        _endpoint?.Dispose();
        _link.Dispose();
    }
}
