using System.CommandLine;
using Saki.Pipelines;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Models;

/// <summary><c>saki models register NAME TARGET</c>: uploads a package and makes it the next version.</summary>
internal static class RegisterVerb
{
    private const string OfRun = "runs:/";

    public static Command Create()
    {
        var (name, server, pipeline) = (ModelsVerbs.Name(), TrackingOptions.Server(), TargetOptions.Pipeline());
        var target = new Argument<string>("target") { Description = "A package folder, model.onnx (with --pipeline), or runs:/ID (runs:/latest)" };
        var description = new Option<string?>("--description") { Description = "For people", HelpName = "TEXT" };
        var verb = new Verb("register", "Upload a package and make it the next version of a model") { Examples = ["saki models register emotions runs:/latest"] };
        verb.Add(name);
        verb.Add(target);
        foreach (var option in (Option[])[description, pipeline, server]) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            var text = parsed.GetRequiredValue(target);
            var package = Package.Open(Target.Resolve(text, home, parsed.GetValue(pipeline)).PackageFolder);
            var run = package.RunId ?? (text.StartsWith(OfRun, StringComparison.Ordinal) ? RunReference.FindModel(home, text[OfRun.Length..]).RunId : null);
            using var registry = RegistryServer.Of(parsed, server);
            var version = await RegisterAsync(registry, parsed.GetRequiredValue(name), package, run, parsed.GetValue(description), cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(version, MlflowJson.Of<ModelVersion>());
            else terminal.Output.WriteLine($"models:/{version.Name}/{version.Version}  {package.Files.Count + 1} files, {package.Digest.Short}");
        });
        return verb;
    }

    private static async Task<ModelVersion> RegisterAsync(RegistryServer registry, string name, Package package, string? run, string? description, CancellationToken cancel)
    {
        // A place of its own: files of a version that its gate let in are not written again. The digests go last, so that a package half sent is none.
        var place = $"mlflow-artifacts:/packages/{package.Digest.Short}-{Guid.CreateVersion7():N}";
        foreach (var file in package.Files.Keys.Append(Package.SumsFile)) await registry.Client.UploadAsync(place, file, Path.Combine(package.Folder, file), cancel);
        try
        {
            await registry.Models.CreateModelAsync(name, cancel);
        }
        catch (MlflowException there) when (there.Code == MlflowException.Exists) { } // its next version follows
        return await registry.Models.CreateVersionAsync(new CreateModelVersion(name, place)
        {
            RunId = run,
            Description = description,
            Tags = [new Tag(SakiTags.Package, package.Digest.ToString())],
        }, cancel);
    }
}
