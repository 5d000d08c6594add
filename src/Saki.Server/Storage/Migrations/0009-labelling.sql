-- Labelling: queues, their tasks in the order of asking, who holds which, what counts now, and every answer ever given.

CREATE TABLE label_queues (
    id IDENTITY,
    name TEXT NOT NULL UNIQUE,
    created BIGINT NOT NULL,
    who TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT NOT NULL,
    settings TEXT NOT NULL,
    data TEXT NOT NULL,
    classes TEXT NOT NULL,
    model TEXT NOT NULL
);

-- needed: how many people answer it. answers: how many have. open: 1 while more are wanted.
CREATE TABLE label_tasks (
    id IDENTITY,
    queue BIGINT NOT NULL REFERENCES label_queues (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    arm TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    reason TEXT NOT NULL,
    given TEXT NOT NULL,
    gold TEXT NOT NULL,
    guess TEXT NOT NULL,
    guesses TEXT NOT NULL,
    blind BIGINT NOT NULL,
    needed BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    open BIGINT NOT NULL
);

CREATE INDEX label_tasks_in_order ON label_tasks (queue, open, place);
CREATE INDEX label_tasks_to_count ON label_tasks (queue, arm, open);

-- A task shows its first picture; the others look the same and get the same label.
CREATE TABLE label_pictures (
    task BIGINT NOT NULL REFERENCES label_tasks (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    origin TEXT NOT NULL,
    path TEXT NOT NULL,
    picture TEXT NOT NULL,
    PRIMARY KEY (task, number)
) CLUSTERED;

CREATE INDEX label_pictures_by_picture ON label_pictures (picture);

CREATE TABLE label_leases (
    task BIGINT NOT NULL REFERENCES label_tasks (id) ON DELETE CASCADE,
    annotator TEXT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (task, annotator)
) CLUSTERED;

CREATE INDEX label_leases_by_annotator ON label_leases (annotator);

CREATE TABLE label_answers (
    task BIGINT NOT NULL REFERENCES label_tasks (id) ON DELETE CASCADE,
    annotator TEXT NOT NULL,
    queue BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (task, annotator)
) CLUSTERED;

CREATE INDEX label_answers_by_annotator ON label_answers (queue, annotator, entry);

CREATE TABLE label_history (
    id IDENTITY,
    time BIGINT NOT NULL,
    queue BIGINT NOT NULL,
    task BIGINT NOT NULL,
    annotator TEXT NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    took BIGINT NOT NULL,
    outside TEXT NOT NULL
);

CREATE INDEX label_history_by_queue ON label_history (queue, id);
CREATE INDEX label_history_by_outside ON label_history (outside);

APPEND ONLY label_history;

CREATE TABLE label_versions (
    id IDENTITY,
    queue BIGINT NOT NULL,
    time BIGINT NOT NULL,
    who TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    labelled BIGINT NOT NULL
);
