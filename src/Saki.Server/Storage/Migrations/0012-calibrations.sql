-- A model fitted to one person: pictures and package lie in calibrations/ID of the home folder. A row that is being erased stays until its folder is gone.

CREATE TABLE calibrations (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    model TEXT NOT NULL,
    base TEXT NOT NULL,
    state TEXT NOT NULL,
    job BIGINT,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    version TEXT NOT NULL,
    report TEXT NOT NULL,
    text TEXT NOT NULL
) CLUSTERED;

CREATE INDEX calibrations_by_person ON calibrations (person, created);
CREATE INDEX calibrations_by_state ON calibrations (state);
