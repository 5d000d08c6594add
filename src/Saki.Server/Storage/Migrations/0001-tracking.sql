-- Experiments, runs and what they log. Times are milliseconds since 1970. IDENTITY, BYTES and CLUSTERED are replaced by each database's own words.

CREATE TABLE experiments (
    id IDENTITY,
    name TEXT NOT NULL UNIQUE,
    artifact_location TEXT NOT NULL,
    lifecycle TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE experiment_tags (
    experiment BIGINT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment, key)
) CLUSTERED;

CREATE TABLE runs (
    id IDENTITY,
    run_id TEXT NOT NULL UNIQUE,
    experiment BIGINT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL,
    start_time BIGINT NOT NULL,
    end_time BIGINT,
    lifecycle TEXT NOT NULL,
    deleted BIGINT,
    artifact_uri TEXT NOT NULL
);

CREATE INDEX runs_by_start ON runs (experiment, lifecycle, start_time DESC, run_id);

CREATE TABLE run_params (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) CLUSTERED;

CREATE TABLE run_tags (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) CLUSTERED;

CREATE TABLE metric_keys (
    id IDENTITY,
    name TEXT NOT NULL UNIQUE
);

-- One row for each metric of a run: the point that is greatest by (step, time, value), and the extremes. NaN is value 0 with nan 1; min and max leave it out.
CREATE TABLE metrics (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key BIGINT NOT NULL REFERENCES metric_keys (id),
    step BIGINT NOT NULL,
    time BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    nan BIGINT NOT NULL,
    min DOUBLE PRECISION,
    max DOUBLE PRECISION,
    PRIMARY KEY (run, key)
) CLUSTERED;

-- Points in the order of logging: one row for what one commit brought to a run. Folded into metric_chunks when a run has many.
CREATE TABLE metric_segments (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    segment BIGINT NOT NULL,
    points BIGINT NOT NULL,
    data BYTES NOT NULL,
    PRIMARY KEY (run, segment)
) CLUSTERED;

-- Folded points: of each fold one row a metric, its points sorted by (time, step, value).
CREATE TABLE metric_chunks (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    fold BIGINT NOT NULL,
    key BIGINT NOT NULL,
    points BIGINT NOT NULL,
    first_time BIGINT NOT NULL,
    last_time BIGINT NOT NULL,
    data BYTES NOT NULL,
    PRIMARY KEY (run, fold, key)
) CLUSTERED;

CREATE TABLE metric_folds (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    fold BIGINT NOT NULL,
    PRIMARY KEY (run, fold)
) CLUSTERED;

CREATE TABLE datasets (
    id IDENTITY,
    experiment BIGINT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source TEXT NOT NULL,
    schema TEXT,
    profile TEXT,
    UNIQUE (experiment, name, digest)
);

CREATE TABLE run_datasets (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    dataset BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    PRIMARY KEY (run, dataset)
) CLUSTERED;

CREATE TABLE run_dataset_tags (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    dataset BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, dataset, key)
) CLUSTERED;

CREATE TABLE logged_models (
    id IDENTITY,
    model_id TEXT NOT NULL UNIQUE,
    experiment BIGINT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    artifact_uri TEXT NOT NULL,
    status TEXT NOT NULL,
    model_type TEXT,
    source_run_id TEXT,
    lifecycle TEXT NOT NULL
);

CREATE INDEX logged_models_by_experiment ON logged_models (experiment, lifecycle, created DESC);

CREATE TABLE logged_model_params (
    model BIGINT NOT NULL REFERENCES logged_models (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, key)
) CLUSTERED;

CREATE TABLE logged_model_tags (
    model BIGINT NOT NULL REFERENCES logged_models (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, key)
) CLUSTERED;

CREATE TABLE logged_model_metrics (
    model BIGINT NOT NULL REFERENCES logged_models (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    time BIGINT NOT NULL,
    step BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    nan BIGINT NOT NULL,
    dataset_name TEXT,
    dataset_digest TEXT,
    PRIMARY KEY (model, key, time, step, run_id)
) CLUSTERED;

-- Models that a run read (input 1) or made (input 0).
CREATE TABLE run_models (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL,
    input BIGINT NOT NULL,
    step BIGINT NOT NULL,
    PRIMARY KEY (run, model_id, input)
) CLUSTERED;

CREATE INDEX run_models_by_model ON run_models (model_id);
