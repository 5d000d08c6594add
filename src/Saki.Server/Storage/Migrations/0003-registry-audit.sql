-- Every move in the registry, one row each, chained by hash; and the evidence that gates found. Rows stay when their model is deleted.

CREATE TABLE registry_audit (
    number BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    who TEXT NOT NULL,
    registered_model BIGINT NOT NULL,
    model TEXT NOT NULL,
    version BIGINT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    archived TEXT NOT NULL,
    production_before BIGINT NOT NULL,
    production_after BIGINT NOT NULL,
    why TEXT NOT NULL,
    evidence TEXT NOT NULL,
    overridden BIGINT NOT NULL,
    hash TEXT NOT NULL
) CLUSTERED;

CREATE INDEX registry_audit_by_model ON registry_audit (registered_model, number);
CREATE INDEX registry_audit_by_name ON registry_audit (model, number);

CREATE TABLE registry_evidence (
    digest TEXT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    json TEXT NOT NULL
) CLUSTERED;

CREATE INDEX registry_audit_of_proven ON registry_audit (registered_model, version) WHERE evidence <> '' AND action <> 'refused';

APPEND ONLY registry_audit;
APPEND ONLY registry_evidence;

-- From now on production and staging are the aliases of the stages of these names; what was moved before follows here.
UPDATE model_versions SET stage = 'Production' WHERE deleted = 0 AND EXISTS
    (SELECT 1 FROM registered_model_aliases a WHERE a.model = model_versions.model AND a.version = model_versions.version AND a.alias = 'production');
UPDATE model_versions SET stage = 'Staging' WHERE deleted = 0 AND stage <> 'Production' AND EXISTS
    (SELECT 1 FROM registered_model_aliases a WHERE a.model = model_versions.model AND a.version = model_versions.version AND a.alias = 'staging');
DELETE FROM registered_model_aliases WHERE alias = 'staging' AND NOT EXISTS
    (SELECT 1 FROM model_versions v WHERE v.model = registered_model_aliases.model AND v.version = registered_model_aliases.version AND v.stage = 'Staging');
INSERT INTO registered_model_aliases (model, alias, version)
    SELECT model, 'production', max(version) FROM model_versions WHERE stage = 'Production' AND deleted = 0
    AND model NOT IN (SELECT model FROM registered_model_aliases WHERE alias = 'production') GROUP BY model;
INSERT INTO registered_model_aliases (model, alias, version)
    SELECT model, 'staging', max(version) FROM model_versions WHERE stage = 'Staging' AND deleted = 0
    AND model NOT IN (SELECT model FROM registered_model_aliases WHERE alias = 'staging') GROUP BY model;
