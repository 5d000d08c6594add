-- Registered models and their versions.

CREATE TABLE registered_models (
    id IDENTITY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE registered_model_tags (
    model BIGINT NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, key)
) CLUSTERED;

-- A deleted version keeps its row, emptied, so that its number is not given again.
CREATE TABLE model_versions (
    model BIGINT NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    stage TEXT NOT NULL,
    description TEXT NOT NULL,
    user_id TEXT NOT NULL,
    source TEXT NOT NULL,
    storage TEXT NOT NULL,
    run_id TEXT NOT NULL,
    run_link TEXT NOT NULL,
    model_id TEXT,
    deleted BIGINT NOT NULL,
    PRIMARY KEY (model, version)
) CLUSTERED;

CREATE INDEX model_versions_by_update ON model_versions (updated DESC);
CREATE INDEX model_versions_by_run ON model_versions (run_id);

CREATE TABLE model_version_tags (
    model BIGINT NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, version, key)
) CLUSTERED;

CREATE TABLE registered_model_aliases (
    model BIGINT NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
    alias TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (model, alias)
) CLUSTERED;
