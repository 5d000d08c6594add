namespace Saki.Testing;

/// <summary>Finds the real data that lies beside the repository; tests that need it are skipped with a clear message where it is absent.</summary>
internal static class SharedData
{
    /// <summary>The folder <c>../shared/data</c> beside the repository; null when there is none.</summary>
    public static string? Root { get; } = Path.GetFullPath(Path.Combine(Repository.Root, "../shared/data")) is var path && Directory.Exists(path) ? path : null;

    /// <summary>A file or folder of it.</summary>
    public static string At(string relative) =>
        Path.Combine(Root ?? throw new InvalidOperationException("Mark the test with [SharedDataFact]: ../shared/data is not here."), relative);
}

/// <summary>A fact about the files of <c>../shared/data</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute()
    {
        if (SharedData.Root is null) Skip = "../shared/data is not beside this clone";
    }
}

/// <summary>A theory about the files of <c>../shared/data</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute()
    {
        if (SharedData.Root is null) Skip = "../shared/data is not beside this clone";
    }
}
