using System.CommandLine;
using System.Text.Json.Serialization;
using Saki.Cli.Verbs.Data;
using Saki.Datasets;
using Saki.Labelling;
using Saki.Labelling.LabelStudio;

namespace Saki.Cli.Verbs.Labels;

/// <summary>
/// <c>saki labels import FILE</c>: labels from a file of Label Studio. <c>--data NAME</c> gives them to pictures that Saki has and makes a new version;
/// <c>--images DIR --name NAME</c> imports the pictures, too.
/// </summary>
internal static class LabelsImportVerb
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "JSON, JSON lines, JSON_MIN, CSV or TSV of Label Studio" };
        var data = new Option<string?>("--data", "-d") { Description = "Label the pictures of this version anew: NAME or NAME@DIGEST-PREFIX", HelpName = "DATA" };
        var images = new Option<string?>("--images") { Description = "Folder with the pictures, to import them under --name", HelpName = "DIR" };
        var name = new Option<string?>("--name", "-n") { Description = "The data set for --images", HelpName = "NAME" };
        var (config, dryRun) = (LabelsVerbs.Config(), new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" });
        var verb = new Verb("import", "Take labels from Label Studio into a new version")
        {
            Examples = ["saki labels import export.json --data faces", "saki labels import export.csv --images photos/ --name birds --config project.xml"],
        };
        verb.Add(file);
        foreach (var option in (Option[])[data, images, name, config, dryRun]) verb.Add(option);
        verb.SetAction((parsed, cancel) =>
        {
            var (home, json) = (SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetValue(SakiCommand.Json));
            var source = LabelsVerbs.Existing(parsed.GetRequiredValue(file));
            var asked = LabelsVerbs.ReadConfig(parsed.GetValue(config));
            switch (parsed.GetValue(data), parsed.GetValue(images), parsed.GetValue(name))
            {
                case ({ } version, null, null): Relabel(home, version, source, asked, parsed.GetValue(dryRun), json); break;
                case (null, { } folder, { } set): DataImportVerb.Run(home.EnsureWritable(), new LabelStudioReader(source, folder, asked), set, null, json, cancel); break;
                default: throw new SakiException("Importing labels", "either --data NAME, or --images DIR with --name NAME", "neither, or both", "See saki labels import --help.");
            }
            return Task.FromResult(0);
        });
        return verb;
    }

    private static void Relabel(SakiHome home, string reference, string file, LabelConfig? config, bool dryRun, bool json)
    {
        using var store = new DatasetStore(home);
        var version = store.Load(reference);
        using var stream = File.OpenRead(file);
        var given = ImportedLabel.Agree(new LabelFile(config).Read(stream, Path.GetFileName(file)));
        var paths = new SamplePaths(version);
        var decisions = new Dictionary<string, LabelDecision>(StringComparer.Ordinal);
        int unknown = 0, split = 0;
        foreach (var (any, consensus) in given.Values)
        {
            var found = paths.Of(any);
            if (consensus.Label is null) split++;
            else if (found.Count == 0) unknown++;
            foreach (var path in consensus.Label is null ? [] : found) decisions[path] = new LabelDecision(consensus.Label);
        }
        if (decisions.Count == 0 && given.Count > 0)
            throw new SakiException("Importing labels", $"pictures of {version.Summary}", $"{given.Count:N0} that it does not have", "Export the tasks with `saki labels export`, or import the pictures with --images.");
        var made = Relabelling.Apply(version, decisions, [], $"labels of {Path.GetFileName(file)} on {version.Summary}", TimeProvider.System.GetUtcNow());
        var diff = DatasetDiff.Of(version, made);
        var summary = diff.IsEmpty || dryRun ? made.Summary : Add(home, store, made);
        Print(new LabelsImportView(DatasetView.Of(version.Summary), diff.IsEmpty ? null : DatasetView.Of(summary), decisions.Count, unknown, split, diff.Relabelled, diff.Removed.Count, dryRun), json);
    }

    private static DatasetSummary Add(SakiHome home, DatasetStore store, DatasetVersion made)
    {
        home.EnsureWritable();
        return store.Add(made).Version.Summary;
    }

    private static void Print(LabelsImportView view, bool json)
    {
        var terminal = Verb.Terminal.Value!;
        if (json)
        {
            terminal.WriteJson(view, LabelsJson.Default.LabelsImportView);
            return;
        }
        foreach (var change in view.Relabelled.Take(20)) terminal.Output.WriteLine($"  ! {change.Path}: {change.From} -> {change.To}");
        if (view.Relabelled.Count > 20) terminal.Output.WriteLine($"    … and {view.Relabelled.Count - 20:N0} more; --json lists them");
        terminal.Output.WriteLine($"{view.Labelled:N0} pictures labelled: {view.Relabelled.Count:N0} with another class than before, {view.Removed:N0} left out; {view.Unknown:N0} not in the data set, {view.Undecided:N0} without a majority");
        terminal.Output.WriteLine(view switch
        {
            { To: null } => $"No change: {view.From.Name} stays as it is.",
            { DryRun: true } => "Nothing was written (--dry-run).",
            _ => $"{view.To!.Name}@{view.To.Digest[..12]}: {view.To.Images:N0} images, {view.To.Classes.Count} classes",
        });
    }
}

/// <summary>Finds samples by what a Label Studio file says of a picture.</summary>
internal sealed class SamplePaths(DatasetVersion version)
{
    private readonly ILookup<string, string> _byDigest = version.Samples.ToLookup(sample => sample.Digest.ToString(), sample => sample.Path, StringComparer.Ordinal);
    private readonly Dictionary<string, string> _paths = version.Samples.ToDictionary(sample => sample.Path, sample => sample.Digest.ToString(), StringComparer.Ordinal);
    private readonly ILookup<string, string> _byName = version.Samples.ToLookup(sample => Path.GetFileName(sample.Path), sample => sample.Path, StringComparer.Ordinal);

    /// <summary>Its paths: by digest (all copies), by path, or by a file name that only one sample has.</summary>
    public IReadOnlyList<string> Of(ImportedLabel label)
    {
        // Another picture may lie under the path by now; the label was not about that one.
        if (label.Path is { } path && _paths.TryGetValue(path, out var there) && (label.Digest is not { } named || named.ToString() == there)) return [path];
        if (label.Digest is { } digest) return [.. _byDigest[digest.ToString()]];
        if (_paths.ContainsKey(label.Image)) return [label.Image];
        string[] alike = [.. _byName[Path.GetFileName(Uri.UnescapeDataString(label.Image.Split('?', '#')[0]))]];
        return alike.Length == 1 ? alike : [];
    }
}

/// <summary>What <c>saki labels import --data --json</c> prints.</summary>
/// <param name="From">The version that was labelled.</param>
/// <param name="To">The new one; null when nothing changed.</param>
/// <param name="Labelled">Pictures with a label in the file.</param>
/// <param name="Unknown">Pictures of the file that the version lacks.</param>
/// <param name="Undecided">Pictures without a majority.</param>
/// <param name="Relabelled">Those whose class changed.</param>
/// <param name="Removed">Pictures that had no label and still have none.</param>
/// <param name="DryRun">True: nothing was written.</param>
internal sealed record LabelsImportView(DatasetView From, DatasetView? To, int Labelled, int Unknown, int Undecided, IReadOnlyList<SampleChange> Relabelled, int Removed, bool DryRun);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LabelsImportView))]
[JsonSerializable(typeof(LabelsExportView))]
[JsonSerializable(typeof(SuspectsView))]
internal sealed partial class LabelsJson : JsonSerializerContext;
