using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>
/// The one handler behind every protocol that names a model and brings tensors: admission, body, model, answer. A protocol's own file only translates.
/// </summary>
/// <param name="Context">The request.</param>
/// <param name="Lease">Who answers, held until the answer is written.</param>
/// <param name="Body">What was sent.</param>
internal sealed record ModelCall(HttpContext Context, ModelLease Lease, RequestBody Body)
{
    /// <summary>Who answers.</summary>
    public ServedModel Model => Lease.Model;

    /// <summary>Reads a request for the model in the route's <c>model</c> (and <c>version</c>), and lets <paramref name="answer"/> translate; <paramref name="user"/> is the key of whoever it is for, where the protocol names them.</summary>
    /// <exception cref="SakiException">The server is full, the body too long, the model unknown.</exception>
    public static async Task AnswerAsync(HttpContext context, Func<ModelCall, Task> answer, string? name = null, string? version = null, string? user = null)
    {
        var options = context.RequestServices.GetRequiredService<ServerOptions>();
        var models = options.Models ?? throw PredictApi.NoModel();
        using var lease = models.Lease(name ?? (string?)context.GetRouteValue("model"), version ?? (string?)context.GetRouteValue("version"), user ?? ServedBy.UserOf(context));
        ServedBy.Tell(context, lease);
        if (await TurnsAwayAsync(context, lease)) return;
        using var ticket = context.RequestServices.GetRequiredService<Admission>().Enter(context.Request.ContentLength);
        using var body = await RequestBody.ReadAsync(context.Request, options.MaxRequestBytes, context.RequestAborted);
        await answer(new ModelCall(context, lease, body));
    }

    /// <summary>Refuses a request that the model's queue has no room for, before anything of it is read; false where it has.</summary>
    public static async ValueTask<bool> TurnsAwayAsync(HttpContext context, ModelLease lease)
    {
        if (lease.Model.TurnAway() is not { } full) return false;
        await ErrorReplies.RefuseAsync(context, full);
        return true;
    }

    /// <summary>Answers as <see cref="AnswerAsync"/> would for a user whose key came with the body; what was named by version stays.</summary>
    public async Task ForUserAsync(string user, Func<ModelCall, Task> answer)
    {
        if (Lease.Arm == Arm.Pinned)
        {
            await answer(this);
            return;
        }
        using var own = Context.RequestServices.GetRequiredService<ServerOptions>().Models!.Lease(Model.Name, null, user);
        ServedBy.Tell(Context, own);
        await answer(this with { Lease = own });
    }

    /// <summary>Asks the model.</summary>
    /// <param name="inputs">Tensors of the request.</param>
    /// <param name="priority">0 goes first.</param>
    /// <param name="patience">How long the sender waits for a turn; null or longer: as the server says.</param>
    public ValueTask<IReadOnlyList<TensorOutput>> InferAsync(IReadOnlyList<TensorInput> inputs, int priority = 0, TimeSpan? patience = null)
    {
        var most = Context.RequestServices.GetRequiredService<ServerOptions>().Patience;
        return Lease.InferAsync(inputs, new CallOptions(patience < most ? patience.Value : most, priority, Context.RequestAborted));
    }
}
