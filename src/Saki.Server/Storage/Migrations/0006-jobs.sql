-- Jobs, their attempts, and what starts by the clock. Times are for people; leases are judged by whether their heartbeat (beat) stands still.

CREATE TABLE jobs (
    id IDENTITY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    who TEXT NOT NULL,
    origin TEXT NOT NULL,
    arguments TEXT NOT NULL,
    plan TEXT NOT NULL,
    executor TEXT NOT NULL,
    priority BIGINT NOT NULL,
    cpus BIGINT NOT NULL,
    gpus BIGINT NOT NULL,
    state TEXT NOT NULL,
    cancelled_by TEXT NOT NULL,
    created BIGINT NOT NULL,
    started BIGINT,
    ended BIGINT,
    attempt BIGINT NOT NULL,
    losses BIGINT NOT NULL,
    exit_code BIGINT,
    reason TEXT NOT NULL,
    run_id TEXT,
    progress DOUBLE PRECISION,
    progress_text TEXT NOT NULL,
    -- The lease: who holds it, how often it changed hands (the fencing token), its heartbeat, and where the process is.
    owner TEXT NOT NULL,
    fence BIGINT NOT NULL,
    beat BIGINT NOT NULL,
    place TEXT NOT NULL,
    devices TEXT NOT NULL
);

CREATE INDEX jobs_by_turn ON jobs (state, priority DESC, id);

CREATE TABLE job_attempts (
    job BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,
    started BIGINT,
    ended BIGINT,
    exit_code BIGINT,
    reason TEXT NOT NULL,
    PRIMARY KEY (job, number)
) CLUSTERED;

CREATE TABLE job_schedules (
    name TEXT NOT NULL PRIMARY KEY,
    cron TEXT NOT NULL,
    zone TEXT,
    ask TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    who TEXT NOT NULL,
    next BIGINT,
    last BIGINT,
    outcome TEXT NOT NULL
) CLUSTERED;
