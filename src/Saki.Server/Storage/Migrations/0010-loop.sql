-- Where the loop of each model stands. What it decided is in registry_audit.

CREATE TABLE loop_states (
    model TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL
);
