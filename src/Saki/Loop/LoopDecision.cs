using System.Text.Json.Serialization;
using Saki.Gates;

namespace Saki.Loop;

/// <summary>What is to be done.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LoopAction>))]
public enum LoopAction
{
    /// <summary>Nothing yet.</summary>
    Wait,

    /// <summary>Something is wrong with the labels: nothing, until a person has looked.</summary>
    Hold,

    /// <summary>Make the data set version with the new labels and start the training.</summary>
    Train,

    /// <summary>Let the gate measure the challenger.</summary>
    Prove,

    /// <summary>Move the challenger to Staging and let it answer beside the champion.</summary>
    Stage,

    /// <summary>Give the challenger to <see cref="LoopDecision.Percent"/> of the users.</summary>
    Canary,

    /// <summary>Put the question to a person.</summary>
    Ask,

    /// <summary>Move the challenger to Production.</summary>
    Promote,

    /// <summary>Put the old champion back into Production.</summary>
    RollBack,

    /// <summary>End the round without a change of the champion; canary and shadow end too.</summary>
    Abandon,

    /// <summary>End the round: the new champion stays.</summary>
    Finish,
}

/// <summary>A decision with its reasons, as it goes into the audit.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Why">In a sentence.</param>
/// <param name="Lines">What was looked at: expected, got, and whether it is so.</param>
/// <param name="Next">The step that the action leads to.</param>
/// <param name="Percent">Percent of users for <see cref="LoopAction.Canary"/>; 0 otherwise.</param>
public sealed record LoopDecision(LoopAction Action, string Why, IReadOnlyList<GateLine> Lines, LoopStep Next, int Percent = 0)
{
    /// <summary>Whether anything changes.</summary>
    public bool Acts => Action is not (LoopAction.Wait or LoopAction.Hold);
}
