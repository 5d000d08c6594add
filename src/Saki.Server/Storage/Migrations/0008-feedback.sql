-- What people agreed to have kept: the pictures that they asked about, what was answered, and what they said of it.

CREATE TABLE consents (
    person TEXT NOT NULL PRIMARY KEY,
    given BIGINT NOT NULL,
    revoked BIGINT NOT NULL,
    extent TEXT NOT NULL,
    statement BIGINT NOT NULL
) CLUSTERED;

CREATE TABLE feedback_predictions (
    prediction TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    time BIGINT NOT NULL,
    picture TEXT NOT NULL,
    media_type TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    box TEXT NOT NULL,
    source TEXT NOT NULL,
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    arm TEXT NOT NULL,
    class TEXT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    top TEXT NOT NULL,
    verdict TEXT NOT NULL,
    label TEXT NOT NULL,
    labelled BIGINT NOT NULL
) CLUSTERED;

CREATE INDEX feedback_predictions_by_person ON feedback_predictions (person, time);
CREATE INDEX feedback_predictions_by_time ON feedback_predictions (time, prediction);
CREATE INDEX feedback_predictions_by_model ON feedback_predictions (model, time, prediction);
CREATE INDEX feedback_predictions_by_picture ON feedback_predictions (picture);

-- Each word of a person on an answer; the newest is repeated in feedback_predictions.
CREATE TABLE feedback_labels (
    prediction TEXT NOT NULL REFERENCES feedback_predictions (prediction) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    person TEXT NOT NULL,
    time BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (prediction, number)
) CLUSTERED;

-- Pictures that nobody agrees to any more. waits is 1 until the file is gone; the digest stays, so that no later version of a data set takes the picture in again.
CREATE TABLE erased_pictures (
    picture TEXT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    waits BIGINT NOT NULL
) CLUSTERED;
