-- Runs that an import brings, and how many of their points are here: what was cut off goes on where it stood.
CREATE TABLE run_imports (
    run BIGINT NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    points BIGINT NOT NULL,
    done BIGINT NOT NULL
) CLUSTERED;

-- Artifacts of what was deleted for good: noted in the transaction that removed the rows, removed when the files are gone.
CREATE TABLE garbage (
    id IDENTITY,
    uri TEXT NOT NULL,
    noted BIGINT NOT NULL
);
