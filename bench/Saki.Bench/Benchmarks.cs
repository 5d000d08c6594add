namespace Saki.Bench;

/// <summary>The table of benchmarks: verb, then what it runs. A new benchmark is one file and one line here.</summary>
internal static class Benchmarks
{
    public static IReadOnlyDictionary<string, Action<string[]>> All { get; } = new Dictionary<string, Action<string[]>>(StringComparer.Ordinal)
    {
        ["active-learning"] = ActiveLearningBench.Run,
        ["config"] = ConfigBench.Run,
        ["empty-route"] = EmptyRoute.Run,
        ["images"] = ImageBench.Run,
        ["label-studio"] = LabelStudioBench.Run,
        ["loader"] = LoaderBench.Run,
        ["ort-call"] = OrtCallBench.Run,
        ["training"] = TrainingBench.Run,
    };
}
