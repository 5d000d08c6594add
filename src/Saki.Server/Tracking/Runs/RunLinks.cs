using System.Data.Common;
using Dapper;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary>What went into runs and what came out: data sets with their tags, and logged models.</summary>
internal sealed class RunLinks
{
    private const int LongestName = 500, LongestDigest = 36, LongestSource = 65_535, LongestSchema = 1_048_575, LongestProfile = 16_777_215, LongestKey = 255, LongestValue = 500;
    private readonly ILookup<long, DatasetRow> _datasets;
    private readonly ILookup<(long, long), TagRow> _tags;
    private readonly ILookup<long, ModelRow> _models;

    private RunLinks(ILookup<long, DatasetRow> datasets, ILookup<(long, long), TagRow> tags, ILookup<long, ModelRow> models) => (_datasets, _tags, _models) = (datasets, tags, models);

    /// <summary>Those of several runs at once.</summary>
    public static RunLinks Read(DbConnection connection, long[] ids) => new(
        connection.Query<DatasetRow>("""
            SELECT i.run AS Run, d.id AS Id, d.name AS Name, d.digest AS Digest, d.source_type AS SourceType, d.source AS Source, d.schema AS Schema, d.profile AS Profile
            FROM run_datasets i JOIN datasets d ON d.id = i.dataset WHERE i.run IN @ids ORDER BY i.run, d.id
            """, new { ids }).ToLookup(row => row.Run),
        connection.Query<DatasetTagRow>("SELECT run AS Run, dataset AS Dataset, key AS Key, value AS Value FROM run_dataset_tags WHERE run IN @ids", new { ids })
            .ToLookup(row => (row.Run, row.Dataset), row => new TagRow { Key = row.Key, Value = row.Value }),
        connection.Query<ModelRow>("SELECT run AS Run, model_id AS ModelId, input AS Input, step AS Step FROM run_models WHERE run IN @ids", new { ids }).ToLookup(row => row.Run));

    public RunInputs Inputs(long run) => new()
    {
        DatasetInputs = [.. _datasets[run].Select(row => new DatasetInput([.. _tags[(run, row.Id)].Select(tag => new Tag(tag.Key, tag.Value))],
            new Dataset(row.Name, row.Digest, row.SourceType, row.Source, row.Schema, row.Profile)))],
        ModelInputs = [.. _models[run].Where(model => model.Input == 1).Select(model => new ModelInput(model.ModelId))],
    };

    public RunOutputs Outputs(long run) => new() { ModelOutputs = [.. _models[run].Where(model => model.Input == 0).Select(model => new ModelOutput(model.ModelId, model.Step))] };

    /// <summary>Adds data sets to a run; the same (name, digest) twice is one.</summary>
    public static void Add(WriteSession session, long run, IReadOnlyList<DatasetInput> inputs)
    {
        var experiment = session.Scalar<long>("SELECT experiment FROM runs WHERE id = @run", new { run });
        foreach (var input in inputs)
        {
            var set = input.Dataset;
            session.Execute("""
                INSERT INTO datasets (experiment, name, digest, source_type, source, schema, profile) VALUES (@experiment, @Name, @Digest, @SourceType, @Source, @Schema, @Profile)
                ON CONFLICT (experiment, name, digest) DO NOTHING
                """, new { experiment, set.Name, set.Digest, set.SourceType, set.Source, set.Schema, set.Profile });
            var dataset = session.Scalar<long>("SELECT id FROM datasets WHERE experiment = @experiment AND name = @Name AND digest = @Digest", new { experiment, set.Name, set.Digest });
            if (session.Execute("INSERT INTO run_datasets (run, dataset) VALUES (@run, @dataset) ON CONFLICT (run, dataset) DO NOTHING", new { run, dataset }) == 0) continue;
            foreach (var tag in input.Tags)
                session.Execute("INSERT INTO run_dataset_tags (run, dataset, key, value) VALUES (@run, @dataset, @Key, @Value) ON CONFLICT (run, dataset, key) DO UPDATE SET value = excluded.value", new { run, dataset, tag.Key, tag.Value });
        }
    }

    /// <summary>Adds logged models to a run.</summary>
    public static void Add(WriteSession session, long run, IEnumerable<ModelOutput> models, bool input)
    {
        foreach (var model in models)
            session.Execute("INSERT INTO run_models (run, model_id, input, step) VALUES (@run, @ModelId, @input, @Step) ON CONFLICT (run, model_id, input) DO UPDATE SET step = excluded.step", new { run, model.ModelId, input = input ? 1 : 0, model.Step });
    }

    /// <summary>Reads the data sets of a call, within MLflow's limits.</summary>
    public static DatasetInput Parse(MlflowCall call)
    {
        var set = call.Message("dataset") ?? throw MlflowCall.MissingField("dataset");
        var input = new DatasetInput(call.Tags(), new Dataset(set.Required("name"), set.Required("digest"), set.Required("source_type"), set.Required("source"), set.Text("schema"), set.Text("profile")));
        Limit(input.Dataset.Name, LongestName, "name");
        Limit(input.Dataset.Digest, LongestDigest, "digest");
        Limit(input.Dataset.Source, LongestSource, "source");
        Limit(input.Dataset.Schema, LongestSchema, "schema");
        Limit(input.Dataset.Profile, LongestProfile, "profile");
        foreach (var tag in input.Tags)
        {
            Limit(tag.Key, LongestKey, "tag key");
            Limit(tag.Value, LongestValue, "tag value");
        }
        return input;
    }

    private static void Limit(string? text, int length, string what)
    {
        if (text?.Length > length) throw MlflowException.BadValue($"Dataset {what} exceeds the maximum length of {length} characters");
    }

    private sealed record DatasetRow
    {
        public long Run { get; init; }
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string Digest { get; init; } = "";
        public string SourceType { get; init; } = "";
        public string Source { get; init; } = "";
        public string? Schema { get; init; }
        public string? Profile { get; init; }
    }

    private sealed record DatasetTagRow
    {
        public long Run { get; init; }
        public long Dataset { get; init; }
        public string Key { get; init; } = "";
        public string Value { get; init; } = "";
    }

    private sealed record ModelRow
    {
        public long Run { get; init; }
        public string ModelId { get; init; } = "";
        public long Input { get; init; }
        public long Step { get; init; }
    }
}
