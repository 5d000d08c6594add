using System.Runtime.InteropServices;

namespace Saki.Engines;

/// <summary>
/// A native library that an engine needs: where it may lie, how it is loaded, and what to type when it is missing.
/// </summary>
/// <param name="Engine">Its name for people: "ONNX Runtime".</param>
/// <param name="FileName">The file's name under a native folder: <c>libonnxruntime.so.1</c>.</param>
/// <param name="Variable">The environment variable that points to another build (a file), e.g. <c>SAKI_ONNXRUNTIME</c>.</param>
/// <param name="Install">What to type when it is missing: <c>make deps</c>, or a package manager's line.</param>
/// <param name="SystemNames">Names to try through the system's own loader after the native folders; empty when only our folders count.</param>
public sealed record EngineFile(string Engine, string FileName, string Variable, string Install, params string[] SystemNames)
{
    /// <summary>Operating system and processor as in .NET's portable runtime identifiers: <c>linux-x64</c>, <c>linux-arm64</c>, <c>osx-arm64</c>, <c>win-x64</c>.</summary>
    public static string Platform { get; } =
        $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>
    /// The first that exists of: the file in <see cref="Variable"/>, <c>native/</c> beside the program, <c>artifacts/native/PLATFORM/</c> in a folder above the program.
    /// Null when none does; <see cref="SystemNames"/> may still load.
    /// </summary>
    /// <exception cref="SakiException">The variable is set and names no file.</exception>
    public string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? Path.GetFullPath(named)
                : throw new SakiException($"Loading {Engine}", $"a library file in {Variable}", $"\"{named}\", which does not exist", $"Correct or unset {Variable}.");
        }

        var beside = Path.Combine(AppContext.BaseDirectory, "native", FileName);
        if (File.Exists(beside)) return beside;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var built = Path.Combine(folder.FullName, "artifacts", "native", Platform, FileName);
            if (File.Exists(built)) return built;
        }
        return null;
    }

    /// <summary>Loads the library, or says in one line what to install.</summary>
    /// <exception cref="SakiException">It is missing, or it is there and cannot be loaded.</exception>
    public nint Load()
    {
        if (Find() is { } path)
        {
            return NativeLibrary.TryLoad(path, out var handle)
                ? handle
                : throw new SakiException($"Loading {Engine}", "a library that this machine can load", $"{path}, which it cannot (a library that it needs is missing, or it is built for another machine)", $"Type: {Install}");
        }
        foreach (var name in SystemNames)
            if (NativeLibrary.TryLoad(name, out var handle)) return handle;
        throw Missing();
    }

    /// <summary>The error that says what to type.</summary>
    public SakiException Missing() => new($"Loading {Engine}", $"the library {FileName}", "none on this machine", $"Type: {Install}");
}
