using System.Data.Common;
using Saki.Datasets;
using Saki.Server.Registry;
using Saki.Server.Storage;
using Saki.Tracking;
using DatasetSummary = Saki.Datasets.DatasetSummary;

namespace Saki.Server.Lineage;

/// <summary>
/// Answers what a thing came from and what came of it. Upwards from a version: package, run, settings, data set version, samples. Downwards from a picture or a data
/// set version: every run that saw it and every version of them. Nothing is kept for it: it is read off the runs, the registry and the manifests.
/// </summary>
internal sealed class LineageReader(Database database, RegistryReader registry, SakiHome home)
{
    private const string OfRun = "runs:/";
    private const int Shortest = 7, Longest = 500;

    /// <summary>The lineage of what <paramref name="of"/> names: <c>models:/NAME/VERSION</c> (or alias, or stage), <c>runs:/ID</c>, <c>NAME</c> or <c>NAME@DIGEST</c>
    /// of a data set, or the first digits of a run's id or of the digest of a data set version, package or picture.</summary>
    /// <exception cref="MlflowException">There is nothing of that name.</exception>
    public LineageGraph Of(string of)
    {
        if (of.Length is 0 or > Longest) throw MlflowException.BadValue("Lineage: expected a name, a reference or a digest of at most 500 characters, got none or a longer one");
        var datasets = Datasets();
        return database.Read(connection =>
        {
            var builder = new LineageBuilder(connection, datasets);
            return builder.Build(Find(connection, builder, datasets, of) ?? throw Missing(of));
        });
    }

    private string? Find(DbConnection connection, LineageBuilder builder, IReadOnlyList<DatasetSummary> datasets, string of)
    {
        if (of.StartsWith(ModelReference.Scheme, StringComparison.Ordinal)) return OfModel(connection, builder, of);
        if (of.StartsWith(OfRun, StringComparison.Ordinal)) return OfRunId(connection, builder, of[OfRun.Length..].Split('/')[0]);
        var digits = of.ToLowerInvariant();
        if (of.Length is >= Shortest and <= 64 && digits.All(char.IsAsciiHexDigitLower) && OfDigits(connection, builder, datasets, digits) is { } found) return found;
        var parts = of.Split('@', 2);
        var version = datasets.FirstOrDefault(version => version.Name == parts[0] && (parts.Length == 1 || version.Digest.ToString().StartsWith(parts[1].ToLowerInvariant(), StringComparison.Ordinal)));
        return version is null ? null : OfData(builder, version.Name, version.Digest.ToString());
    }

    private string? OfModel(DbConnection connection, LineageBuilder builder, string of)
    {
        var reference = ModelReference.Parse(of);
        var number = reference switch
        {
            { Version: { } known } => known,
            { Alias: { } alias } => RegistryNames.Version(registry.GetByAlias(reference.Name, alias).Version),
            { Stage: ModelReference.Latest } => registry.Latest(reference.Name, []).Select(version => RegistryNames.Version(version.Version)).DefaultIfEmpty(0).Max(),
            _ => registry.Latest(reference.Name, [reference.Stage!]).Select(version => RegistryNames.Version(version.Version)).FirstOrDefault(),
        };
        return LineageQueries.Version(connection, reference.Name, number) is { } found ? builder.Version(found) : null;
    }

    private static string? OfRunId(DbConnection connection, LineageBuilder builder, string id)
    {
        if (LineageQueries.Run(connection, id) is not { } run) return null;
        var node = builder.Run(run);
        builder.After(run);
        return node;
    }

    private string? OfDigits(DbConnection connection, LineageBuilder builder, IReadOnlyList<DatasetSummary> datasets, string digits)
    {
        if (digits.Length == 32 && OfRunId(connection, builder, digits) is { } run) return run;
        var data = datasets.Where(version => version.Digest.ToString().StartsWith(digits, StringComparison.Ordinal)).DistinctBy(version => version.Digest).ToList();
        if (data.Count == 1) return OfData(builder, data[0].Name, data[0].Digest.ToString());
        if (LineageQueries.OfPackage(connection, digits) is { Count: > 0 } versions)
        {
            foreach (var version in versions.Take(LineageQueries.Most)) builder.Version(version);
            return builder.Package(versions[0].Package!);
        }
        if (digits.Length >= SampleSearch.ShortestPrefix && SampleSearch.Find(home, digits) is { Count: > 0 } held)
            return builder.Sample([.. held.Where(sample => sample.Digest == held[0].Digest)]);
        // A version that only runs know of: it was removed, or is of another machine.
        return LineageQueries.Saw(connection, digits).Count > 0 || LineageQueries.Measured(connection, digits).Count > 0 ? OfData(builder, null, digits) : null;
    }

    private static string OfData(LineageBuilder builder, string? name, string digest)
    {
        var node = builder.Data(name, digest);
        builder.After(digest);
        return node;
    }

    private IReadOnlyList<DatasetSummary> Datasets()
    {
        using var store = new DatasetStore(home);
        return store.List();
    }

    private static MlflowException Missing(string of) => MlflowException.Missing(
        $"Lineage of {(of.Length > 80 ? $"{of[..80]}…" : of)}: expected models:/NAME/VERSION, runs:/ID, NAME@DIGEST of a data set, or the digest of a data set version, package or picture; nothing of this server has that name");
}
