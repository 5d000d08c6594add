-- Webhooks, and what waits to be sent to them. A row of webhook_outbox is written in the transaction of the event that it tells of.

CREATE TABLE webhooks (
    id IDENTITY,
    webhook_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    url TEXT NOT NULL,
    secret TEXT,
    status TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    deleted BIGINT
);

CREATE TABLE webhook_events (
    webhook BIGINT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    entity TEXT NOT NULL,
    action TEXT NOT NULL,
    PRIMARY KEY (webhook, entity, action)
) CLUSTERED;

-- due: when it is tried next; NULL once it is given up, which keeps the row for who asks why.
CREATE TABLE webhook_outbox (
    id IDENTITY,
    delivery_id TEXT NOT NULL UNIQUE,
    webhook BIGINT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    entity TEXT NOT NULL,
    action TEXT NOT NULL,
    body TEXT NOT NULL,
    created BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    due BIGINT,
    problem TEXT
);

CREATE INDEX webhook_outbox_by_due ON webhook_outbox (due) WHERE due IS NOT NULL;
CREATE INDEX webhook_outbox_by_webhook ON webhook_outbox (webhook, id);

-- Lineage: the runs that say which data set version they saw, and those that were made under another id elsewhere.
CREATE INDEX run_tags_of_data ON run_tags (run) WHERE key = 'saki.dataset';
CREATE INDEX run_tags_of_local_id ON run_tags (run) WHERE key = 'saki.run_id';
CREATE INDEX datasets_by_digest ON datasets (digest);

-- The newest runs of all experiments, as the table of runs begins; a run is put in once and does not move while it logs.
CREATE INDEX runs_by_time ON runs (lifecycle, start_time DESC, run_id);
