using Dapper;
using Microsoft.Data.Sqlite;
using Saki.Testing;

namespace Saki.Server.Tests.Import;

/// <summary>
/// An SQLite file as MLflow leaves it behind: the tables of 2.21 and of 3.x (columns as its database has them after <c>mlflow db upgrade</c>; facts, not its code), with one of everything.
/// </summary>
internal static class MlflowFile
{
    public const string First = "11111111111111111111111111111111", Second = "22222222222222222222222222222222", Deleted = "33333333333333333333333333333333";
    public const string Model = "m-44444444444444444444444444444444";

    private const string Tables2 = """
        CREATE TABLE experiments (experiment_id INTEGER NOT NULL, name VARCHAR(256) NOT NULL, artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT, PRIMARY KEY (experiment_id), UNIQUE (name));
        CREATE TABLE experiment_tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), experiment_id INTEGER NOT NULL, PRIMARY KEY ("key", experiment_id));
        CREATE TABLE runs (run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500), entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT,
            end_time BIGINT, source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER, deleted_time BIGINT, PRIMARY KEY (run_uuid));
        CREATE TABLE metrics ("key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT NOT NULL, run_uuid VARCHAR(32) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, is_nan BOOLEAN DEFAULT '0' NOT NULL,
            PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan));
        CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
        CREATE TABLE latest_metrics ("key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT, step BIGINT NOT NULL, is_nan BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY ("key", run_uuid));
        CREATE TABLE params ("key" VARCHAR(250) NOT NULL, value VARCHAR(8000) NOT NULL, run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY ("key", run_uuid));
        CREATE TABLE tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(8000), run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY ("key", run_uuid));
        CREATE TABLE datasets (dataset_uuid VARCHAR(36) NOT NULL, experiment_id INTEGER NOT NULL, name VARCHAR(500) NOT NULL, digest VARCHAR(36) NOT NULL, dataset_source_type VARCHAR(36) NOT NULL, dataset_source TEXT NOT NULL,
            dataset_schema TEXT, dataset_profile TEXT, PRIMARY KEY (experiment_id, name, digest));
        CREATE TABLE inputs (input_uuid VARCHAR(36) NOT NULL, source_type VARCHAR(36) NOT NULL, source_id VARCHAR(36) NOT NULL, destination_type VARCHAR(36) NOT NULL, destination_id VARCHAR(36) NOT NULL,
            PRIMARY KEY (source_type, source_id, destination_type, destination_id));
        CREATE TABLE input_tags (input_uuid VARCHAR(36) NOT NULL, name VARCHAR(255) NOT NULL, value VARCHAR(500) NOT NULL, PRIMARY KEY (input_uuid, name));
        CREATE TABLE registered_models (name VARCHAR(256) NOT NULL, creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000), PRIMARY KEY (name));
        CREATE TABLE registered_model_tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), name VARCHAR(256) NOT NULL, PRIMARY KEY ("key", name));
        CREATE TABLE registered_model_aliases (alias VARCHAR(256) NOT NULL, version INTEGER NOT NULL, name VARCHAR(256) NOT NULL, PRIMARY KEY (name, alias));
        CREATE TABLE model_versions (name VARCHAR(256) NOT NULL, version INTEGER NOT NULL, creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000), user_id VARCHAR(256), current_stage VARCHAR(20), source VARCHAR(500),
            run_id VARCHAR(32), status VARCHAR(20), status_message VARCHAR(500), run_link VARCHAR(500), storage_location VARCHAR(500), PRIMARY KEY (name, version));
        CREATE TABLE model_version_tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), name VARCHAR(256) NOT NULL, version INTEGER NOT NULL, PRIMARY KEY ("key", name, version));
        """;

    private const string Tables3 = """
        ALTER TABLE inputs ADD COLUMN step BIGINT DEFAULT '0' NOT NULL;
        CREATE TABLE logged_models (model_id VARCHAR(36) NOT NULL, experiment_id INTEGER NOT NULL, name VARCHAR(500) NOT NULL, artifact_location VARCHAR(1000) NOT NULL, creation_timestamp_ms BIGINT NOT NULL, last_updated_timestamp_ms BIGINT NOT NULL,
            status INTEGER NOT NULL, lifecycle_stage VARCHAR(32), model_type VARCHAR(500), source_run_id VARCHAR(32), status_message VARCHAR(1000), PRIMARY KEY (model_id));
        CREATE TABLE logged_model_metrics (model_id VARCHAR(36) NOT NULL, metric_name VARCHAR(500) NOT NULL, metric_timestamp_ms BIGINT NOT NULL, metric_step BIGINT NOT NULL, metric_value FLOAT, experiment_id INTEGER NOT NULL,
            run_id VARCHAR(32) NOT NULL, dataset_uuid VARCHAR(36), dataset_name VARCHAR(500), dataset_digest VARCHAR(36), PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id));
        CREATE TABLE logged_model_params (model_id VARCHAR(36) NOT NULL, experiment_id INTEGER NOT NULL, param_key VARCHAR(255) NOT NULL, param_value TEXT NOT NULL, PRIMARY KEY (model_id, param_key));
        CREATE TABLE logged_model_tags (model_id VARCHAR(36) NOT NULL, experiment_id INTEGER NOT NULL, tag_key VARCHAR(255) NOT NULL, tag_value TEXT NOT NULL, PRIMARY KEY (model_id, tag_key));
        """;

    /// <summary>Makes <c>mlflow.db</c> with folders <c>mlruns</c> and <c>mlartifacts</c> beside it.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="version">2 or 3.</param>
    /// <param name="points">Points of the metric "loss" of the first run.</param>
    public static string Make(TemporaryFolder folder, int version, int points = 50)
    {
        var path = folder.At("mlflow.db");
        folder.Write($"mlruns/1/{First}/artifacts/model/weights.bin", new string('w', 70_000));
        folder.Write($"mlruns/1/{First}/artifacts/notes.txt", "first");
        folder.Write($"mlartifacts/1/{Second}/artifacts/plot.svg", "<svg/>");
        folder.Write($"mlartifacts/1/models/{Model}/artifacts/MLmodel", "flavors: {}");
        using var file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        file.Open();
        file.Execute(Tables2);
        if (version == 3) file.Execute(Tables3);
        file.Execute($"""
            INSERT INTO experiments VALUES (0, 'Default', 'file:///gone/mlruns/0', 'active', 1000, 1000), (1, 'birds', '{folder.At("mlruns/1")}', 'active', 1001, 1002), (2, 'old', 'mlflow-artifacts:/2', 'deleted', 1003, 1004),
                (3, 'far', 's3://bucket/x', 'active', 1005, 1005);
            INSERT INTO experiment_tags VALUES ('team', 'vision', 1);
            INSERT INTO runs VALUES ('{First}', 'first', 'LOCAL', 'a.py', '', 'ada', 'FINISHED', 2000, 3000, '', 'active', 'file://{folder.At($"mlruns/1/{First}/artifacts")}', 1, NULL);
            INSERT INTO runs VALUES ('{Second}', NULL, 'LOCAL', 'a.py', '', NULL, 'FAILED', 2100, 3100, '', 'active', 'mlflow-artifacts:/1/{Second}/artifacts', 1, NULL);
            INSERT INTO runs VALUES ('{Deleted}', 'third', 'LOCAL', 'a.py', '', 'bob', 'RUNNING', 2200, NULL, '', 'deleted', 's3://bucket/x/{Deleted}/artifacts', 3, 2900);
            INSERT INTO params VALUES ('lr', '0.1', '{First}'), ('lr', '0.2', '{Second}');
            INSERT INTO tags VALUES ('mlflow.runName', 'second', '{Second}'), ('mlflow.user', 'ada', '{First}'), ('note', 'größe', '{First}');
            INSERT INTO metrics VALUES ('acc', 0.5, 5, '{First}', 1, 0), ('acc', 0, 6, '{First}', 2, 1), ('acc', 1.7976931348623157e308, 7, '{Second}', -3, 0);
            INSERT INTO datasets VALUES ('d1', 1, 'train', 'abc', 'local', 'here', NULL, NULL);
            INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id) VALUES ('i1', 'DATASET', 'd1', 'RUN', '{First}');
            INSERT INTO input_tags VALUES ('i1', 'mlflow.data.context', 'training');
            INSERT INTO registered_models VALUES ('finch', 4000, 4500, 'a bird');
            INSERT INTO registered_model_tags VALUES ('owner', 'ada', 'finch');
            INSERT INTO model_versions VALUES ('finch', 1, 4001, 4101, 'one', 'ada', 'Archived', '{folder.At($"mlruns/1/{First}/artifacts/model")}', '{First}', 'READY', NULL, '', NULL),
                ('finch', 2, 4002, 4102, NULL, NULL, 'Deleted_Internal', 'REDACTED-SOURCE-PATH', 'REDACTED-RUN-ID', 'READY', NULL, NULL, NULL),
                ('finch', 3, 4003, 4103, '', 'ada', 'Production', 's3://bucket/x/model', '', 'READY', NULL, '', NULL);
            INSERT INTO registered_model_aliases VALUES ('champ', 3, 'finch'), ('old-one', 1, 'finch');
            INSERT INTO model_version_tags VALUES ('checked', 'yes', 'finch', 1);
            """);
        using (var transaction = file.BeginTransaction())
        {
            for (var i = 0; i < points; i++) file.Execute("INSERT INTO metrics VALUES ('loss', @value, @time, @First, @step, 0)", new { value = 1.0 / (i + 1), time = 2000 + i, First, step = i }, transaction);
            transaction.Commit();
        }
        if (version == 3)
        {
            file.Execute($"""
                INSERT INTO logged_models VALUES ('{Model}', 1, 'net', 'mlflow-artifacts:/1/models/{Model}/artifacts', 5000, 5001, 2, 'active', 'torch', '{First}', NULL);
                INSERT INTO logged_model_metrics VALUES ('{Model}', 'acc', 5, 1, 0.5, 1, '{First}', NULL, 'train', 'abc');
                INSERT INTO logged_model_params VALUES ('{Model}', 1, 'depth', '20');
                INSERT INTO logged_model_tags VALUES ('{Model}', 1, 'kind', 'cnn');
                INSERT INTO inputs VALUES ('i2', 'RUN_OUTPUT', '{First}', 'MODEL_OUTPUT', '{Model}', 7);
                INSERT INTO model_versions VALUES ('finch', 4, 4004, 4104, '', NULL, 'None', 'models:/{Model}', '{First}', 'READY', NULL, '', NULL);
                """);
        }
        return path;
    }
}
