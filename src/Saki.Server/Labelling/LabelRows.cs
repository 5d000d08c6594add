using System.Text.Json;
using Saki.Labelling;

namespace Saki.Server.Labelling;

/// <summary>A queue as it is kept.</summary>
internal sealed record QueueRow
{
    public const string Columns = "id AS Id, name AS Name, created AS Created, who AS Who, state AS State, problem AS Problem, settings AS Settings, data AS Data, classes AS Classes, model AS Model";

    public long Id { get; init; }
    public string Name { get; init; } = "";
    public long Created { get; init; }
    public string Who { get; init; } = "";
    public string State { get; init; } = "";
    public string Problem { get; init; } = "";
    public string Settings { get; init; } = "";
    public string Data { get; init; } = "";
    public string Classes { get; init; } = "";
    public string Model { get; init; } = "";

    public IReadOnlyList<string> Labels => JsonSerializer.Deserialize(Classes, LabelJson.Default.IReadOnlyListString)!;

    public LabelQueueView View(long tasks, long done, long pictures) => new()
    {
        Name = Name,
        State = State,
        Problem = Problem,
        Settings = JsonSerializer.Deserialize(Settings, LabelJson.Default.LabelQueueAsk)!,
        Data = Data,
        Classes = Labels,
        Model = Model,
        Who = Who,
        Created = Created,
        Tasks = tasks,
        Done = done,
        Pictures = pictures,
    };
}

/// <summary>A task as it is kept.</summary>
internal sealed record TaskRow
{
    public const string Columns = "t.id AS Id, t.place AS Place, t.arm AS Arm, t.reason AS Reason, t.given AS Given, t.gold AS Gold, t.guess AS Guess, t.guesses AS Guesses, t.blind AS Blind, t.needed AS Needed, t.answers AS Answers, t.open AS Open";

    public long Id { get; init; }
    public long Place { get; init; }
    public string Arm { get; init; } = "";
    public string Reason { get; init; } = "";
    public string Given { get; init; } = "";
    public string Gold { get; init; } = "";
    public string Guess { get; init; } = "";
    public string Guesses { get; init; } = "";
    public long Blind { get; init; }
    public long Needed { get; init; }
    public long Answers { get; init; }
    public long Open { get; init; }

    /// <summary>What a labeller sees: neither the arm nor whether it is a gold question, and the guess only where it is shown.</summary>
    public LabelTaskView View(int pictures) => new()
    {
        Id = Id,
        Reason = Reason,
        Given = Reason.Length > 0 ? Given : "",
        Guesses = Blind == 1 || Guesses.Length == 0 ? [] : JsonSerializer.Deserialize(Guesses, LabelJson.Default.IReadOnlyListLabelGuess)!,
        Pictures = pictures,
    };
}

/// <summary>A task that is not kept yet.</summary>
internal sealed record NewTask
{
    public required string Arm { get; init; }
    public double Score { get; init; }
    public string Reason { get; init; } = "";
    public string Given { get; init; } = "";
    public string Gold { get; init; } = "";
    public IReadOnlyList<LabelGuess> Guesses { get; init; } = [];
    public bool Blind { get; init; }
    public required long Needed { get; init; }
    public required IReadOnlyList<TaskPicture> Pictures { get; init; }
}

/// <summary>A picture of a task.</summary>
/// <param name="Origin">Where its bytes are: <c>data</c> (the object store), <c>feedback</c>, or <c>outside</c> (known by its address only).</param>
/// <param name="Path">In the data set; the address of one from outside.</param>
/// <param name="Picture">Digest; empty from outside.</param>
internal sealed record TaskPicture(string Origin, string Path, string Picture)
{
    public const string Data = "data", Feedback = "feedback", Outside = "outside";
}

/// <summary>The newest answer of one person to one task, with what is needed to judge it.</summary>
internal sealed record AnswerRow
{
    public long Task { get; init; }
    public string Annotator { get; init; } = "";
    public long Entry { get; init; }
    public string Kind { get; init; } = "";
    public string Label { get; init; } = "";
    public string Arm { get; init; } = "";
    public string Gold { get; init; } = "";
    public string Guess { get; init; } = "";
    public long Blind { get; init; }
    public long Took { get; init; }
}

/// <summary>A label as the loop looks at it.</summary>
/// <param name="Annotator">Who gave it.</param>
/// <param name="Label">The class.</param>
/// <param name="Picture">Digest of the task's picture; empty from outside.</param>
/// <param name="Guesses">What the model said, likeliest first.</param>
internal sealed record GivenLabel(string Annotator, string Label, string Picture, IReadOnlyList<LabelGuess> Guesses);
