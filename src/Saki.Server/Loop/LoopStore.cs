using System.Text.Json;
using Dapper;
using Saki.Loop;
using Saki.Server.Registry.Audit;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Loop;

/// <summary>Where each model's loop stands, and every decision: state and audit row are one write.</summary>
internal sealed class LoopStore(Database database, TimeProvider time)
{
    /// <summary>What these rows of the audit have as action; the subject is what was done.</summary>
    public const string Action = "loop";

    /// <summary>Who decides where no person did.</summary>
    public const string Itself = "loop";

    /// <summary>The state of a model's loop; the first one when there is none yet.</summary>
    public LoopState Read(string model) => database.Read(connection =>
        connection.ExecuteScalar<string?>("SELECT state FROM loop_states WHERE model = @model", new { model }) is { } json ? JsonSerializer.Deserialize(json, LoopJson.Default.LoopState)! : new LoopState());

    /// <summary>Notes what was decided and where the loop stands now.</summary>
    /// <param name="model">The registered model.</param>
    /// <param name="before">The state that was decided on.</param>
    /// <param name="decision">What is done.</param>
    /// <param name="after">The state from now on; from the session where it depends on what <paramref name="after"/> writes besides.</param>
    /// <param name="who">Who decided.</param>
    public Task<LoopState> NoteAsync(string model, LoopState before, LoopDecision decision, Func<WriteSession, LoopState> after, string who = Itself) => database.WriteAsync(session =>
    {
        var state = after(session);
        session.Execute("INSERT INTO loop_states (model, state) VALUES (@model, @json) ON CONFLICT (model) DO UPDATE SET state = excluded.state", new { model, json = JsonSerializer.Serialize(state, LoopJson.Default.LoopState) });
        Append(session, model, decision, before, state, who);
        return state;
    });

    private void Append(WriteSession session, string model, LoopDecision decision, LoopState before, LoopState after, string who)
    {
        if (session.Scalar<long?>("SELECT id FROM registered_models WHERE name = @model", new { model }) is not { } owner) return;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        AuditChain.Note(session, owner, new AuditEntry
        {
            Time = now,
            Who = who,
            Model = model,
            Version = after.Challenger ?? before.Challenger ?? 0,
            Action = Action,
            Subject = decision.Percent > 0 ? $"{decision.Action} {decision.Percent} %" : decision.Action.ToString(),
            From = before.Step.ToString(),
            To = after.Step.ToString(),
            Why = decision.Why,
            Evidence = decision.Lines.Count == 0 ? "" : AuditChain.Keep(session, JsonSerializer.Serialize(decision, LoopJson.Default.LoopDecision), now),
        });
    }
}
