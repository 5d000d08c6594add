-- What each user had a language model spend on a day (UTC, as yyyy-mm-dd).
CREATE TABLE ask_usage (
    who TEXT NOT NULL,
    day TEXT NOT NULL,
    tokens BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (who, day)
);
