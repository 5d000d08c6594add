using System.Text.Json.Serialization;

namespace Saki.Jobs;

/// <summary>What an argument of a kind takes.</summary>
[JsonConverter(typeof(JobArgumentTypeJson))]
public enum JobArgumentType
{
    /// <summary>Any text of one line.</summary>
    Text,
    /// <summary>A whole number.</summary>
    Integer,
    /// <summary>A number.</summary>
    Number,
    /// <summary>True or false.</summary>
    Boolean,
    /// <summary>One of <see cref="JobArgument.Choices"/>.</summary>
    Choice,
    /// <summary>Several texts.</summary>
    List,
    /// <summary>A data set of the home folder, <c>NAME[@DIGEST][:SPLIT]</c>; frozen to a version when the job is asked for.</summary>
    Dataset,
}

/// <summary>One argument of a kind, as its YAML describes it.</summary>
public sealed record JobArgument
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it takes. Default: text.</summary>
    public JobArgumentType Type { get; init; }

    /// <summary>One sentence for the form.</summary>
    public string Help { get; init; } = "";

    /// <summary>Whether it must be given.</summary>
    public bool Required { get; init; }

    /// <summary>The value when it is not given, as it would be typed; a list has one item a line. Null: it is left out of the command.</summary>
    public string? Default { get; init; }

    /// <summary>What a choice may be.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>A regular expression that the whole value matches.</summary>
    public string? Pattern { get; init; }

    /// <summary>Smallest number.</summary>
    public double? Min { get; init; }

    /// <summary>Largest number.</summary>
    public double? Max { get; init; }

    /// <summary>How it stands in the command: texts in which <c>{}</c> is the value, once for each item. For a boolean: what stands there when it is true. Default: the value alone.</summary>
    public IReadOnlyList<string> As { get; init; } = ["{}"];
}

/// <summary>What jobs of one kind run. Saki's own kinds and those of the home folder (<c>kinds/NAME.yaml</c>) have the same form.</summary>
public sealed record JobKind
{
    /// <summary>The word to ask for it by: letters, digits, <c>-</c> and <c>_</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What it does, as a short imperative.</summary>
    public required string Title { get; init; }

    /// <summary>More of it, for the form.</summary>
    public string Description { get; init; } = "";

    /// <summary>The program and what stands before the arguments. <c>saki</c> is this installation's own command; a relative path with a slash begins beside the YAML file.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Run with the same arguments when a job is asked for, within 30 s: what it refuses is refused, and what it prints is kept in <see cref="Frozen"/>.</summary>
    public IReadOnlyList<string>? Check { get; init; }

    /// <summary>The file beside the attempts' folders that holds what <see cref="Check"/> printed. The arguments are then not given to <see cref="Command"/>: the file has them.</summary>
    public string? Frozen { get; init; }

    /// <summary>Keys of the frozen YAML that name a data set, to be frozen to its version.</summary>
    public IReadOnlyList<string> FrozenDatasets { get; init; } = [];

    /// <summary>Goes on from a vanished attempt; <c>{run}</c> is its run.</summary>
    public IReadOnlyList<string>? Resume { get; init; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<JobArgument> Arguments { get; init; } = [];

    /// <summary>Who may ask for it: <c>manage</c> (default) or <c>admin</c>.</summary>
    [Configuration.OneOf("manage", "admin")] public string Demands { get; init; } = "manage";

    /// <summary>True: standard output is the result (JSON), not part of the log.</summary>
    public bool OutputIsResult { get; init; }

    /// <summary>Keys of the result that the page shows as figures.</summary>
    public IReadOnlyList<string> Figures { get; init; } = [];

    /// <summary>Memory limit such as <c>4 GB</c>. Default: three quarters of the machine's.</summary>
    public string? Memory { get; init; }

    /// <summary>Time limit in seconds. Default: a day.</summary>
    [Configuration.Within(1, 31_536_000)] public double Seconds { get; init; } = 86_400;

    /// <summary>Places among the processors. Default 1.</summary>
    [Configuration.Within(1, 1024)] public int Cpus { get; init; } = 1;

    /// <summary>GPUs. Default 0.</summary>
    [Configuration.Within(0, 64)] public int Gpus { get; init; }
}
