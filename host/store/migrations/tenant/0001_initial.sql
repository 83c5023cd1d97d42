-- One tenant. Times are RFC 3339 text; days count from 1970-01-01; keys are
-- small integers that are given once. Nothing here is a secret in plain text.

-- One row: the version counts commits; next_* are keys that are still free.
CREATE TABLE state (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    version       INTEGER NOT NULL,
    next_org      INTEGER NOT NULL,
    next_session  INTEGER NOT NULL,
    next_course   INTEGER NOT NULL,
    next_class    INTEGER NOT NULL,
    next_user     INTEGER NOT NULL,
    unmatched_run INTEGER
);
INSERT INTO state VALUES (1, 0, 0, 0, 0, 0, 0, NULL);

-- Sources of people. A deleted one keeps its row, so that its key is never
-- given to another and its records find it again.
CREATE TABLE providers (
    key              INTEGER PRIMARY KEY,
    name             TEXT NOT NULL,
    kind             TEXT NOT NULL,
    state            TEXT NOT NULL,
    identity         TEXT,
    settings         TEXT NOT NULL,
    read             TEXT NOT NULL,
    connection       TEXT NOT NULL,
    secret           BLOB,
    last_success     TEXT,
    full_read_needed INTEGER NOT NULL,
    created          TEXT NOT NULL,
    changed          TEXT NOT NULL
);
CREATE UNIQUE INDEX provider_name ON providers (name) WHERE state <> 'deleted';

CREATE TABLE runs (
    key               INTEGER PRIMARY KEY,
    provider          INTEGER REFERENCES providers (key),
    kind              TEXT NOT NULL,
    preview           INTEGER NOT NULL,
    full_read         INTEGER NOT NULL,
    undoes            INTEGER REFERENCES runs (key),
    started           TEXT NOT NULL,
    adapter           TEXT,
    fingerprint       TEXT,
    format            INTEGER NOT NULL,
    settings          TEXT NOT NULL,
    status            TEXT NOT NULL,
    code              TEXT,
    detail            TEXT,
    finished          TEXT,
    base_version      INTEGER,
    committed_version INTEGER,
    report            TEXT NOT NULL
);
CREATE INDEX run_provider ON runs (provider);

CREATE TABLE events (
    run   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    time  TEXT NOT NULL,
    level TEXT NOT NULL,
    text  TEXT NOT NULL,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;

CREATE TABLE requests (
    run        INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    time       TEXT NOT NULL,
    method     TEXT NOT NULL,
    origin     TEXT NOT NULL,
    path       TEXT NOT NULL,
    status     INTEGER,
    bytes      INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    error      TEXT,
    token      INTEGER NOT NULL,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;

-- What was read. The records are in blobs, by the SHA-256 of their bytes, so
-- that a page that says what an earlier one said is stored once.
CREATE TABLE pages (
    run           INTEGER NOT NULL REFERENCES runs (key),
    seq           INTEGER NOT NULL,
    collection    TEXT NOT NULL,
    cursor        TEXT,
    next          TEXT NOT NULL,
    blob          BLOB NOT NULL,
    bytes         INTEGER NOT NULL,
    count         INTEGER NOT NULL,
    received      INTEGER NOT NULL,
    total         INTEGER,
    format        INTEGER NOT NULL,
    stats         TEXT NOT NULL,
    finding_count INTEGER NOT NULL,
    findings      BLOB,
    writes        BLOB,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE INDEX page_blob ON pages (blob);

CREATE TABLE blobs (
    hash  BLOB NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
);

-- The runs whose pages, together, are what a provider says now.
CREATE TABLE sources (
    provider INTEGER NOT NULL REFERENCES providers (key),
    run      INTEGER NOT NULL REFERENCES runs (key),
    PRIMARY KEY (provider, run)
) WITHOUT ROWID;

-- Plans, findings and lists of the unmatched are only read as a whole.
CREATE TABLE plan_chunks (
    run   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    part  TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (run, seq)
);

CREATE TABLE finding_chunks (
    run   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (run, seq)
);

CREATE TABLE finding_counts (
    run      INTEGER NOT NULL,
    code     TEXT NOT NULL,
    severity TEXT NOT NULL,
    effect   TEXT NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (run, code, severity, effect)
) WITHOUT ROWID;

CREATE TABLE unmatched_chunks (
    run   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (run, seq)
);

-- Decisions by hand: kind is match, never or unmatch.
CREATE TABLE record_decisions (
    provider   INTEGER NOT NULL,
    sourced_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    user       INTEGER NOT NULL,
    made       TEXT NOT NULL,
    PRIMARY KEY (provider, sourced_id, kind, user)
) WITHOUT ROWID;

CREATE TABLE pins (
    user  INTEGER NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    made  TEXT NOT NULL,
    PRIMARY KEY (user, field)
) WITHOUT ROWID;

CREATE TABLE acts (
    seq  INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    text TEXT NOT NULL
);

CREATE TABLE adapter_storage (
    provider INTEGER NOT NULL REFERENCES providers (key),
    key      TEXT NOT NULL,
    value    BLOB NOT NULL,
    PRIMARY KEY (provider, key)
) WITHOUT ROWID;

-- The roster. status is 0 (active) or 1 (archived); role is the place in
-- homeroom_roster::record::Role::ALL, roles a bit for each; lists of keys are
-- joined by commas.
CREATE TABLE orgs (
    key        INTEGER PRIMARY KEY,
    provider   INTEGER NOT NULL,
    sourced_id TEXT NOT NULL,
    status     INTEGER NOT NULL,
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,
    identifier TEXT,
    parent     INTEGER
);

CREATE TABLE sessions (
    key         INTEGER PRIMARY KEY,
    provider    INTEGER NOT NULL,
    sourced_id  TEXT NOT NULL,
    status      INTEGER NOT NULL,
    title       TEXT NOT NULL,
    type        TEXT NOT NULL,
    start_day   INTEGER,
    end_day     INTEGER,
    parent      INTEGER,
    school_year INTEGER
);

CREATE TABLE courses (
    key           INTEGER PRIMARY KEY,
    provider      INTEGER NOT NULL,
    sourced_id    TEXT NOT NULL,
    status        INTEGER NOT NULL,
    title         TEXT NOT NULL,
    course_code   TEXT,
    org           INTEGER,
    school_year   INTEGER,
    grades        TEXT NOT NULL,
    subjects      TEXT NOT NULL,
    subject_codes TEXT NOT NULL
);

CREATE TABLE classes (
    key           INTEGER PRIMARY KEY,
    provider      INTEGER NOT NULL,
    sourced_id    TEXT NOT NULL,
    status        INTEGER NOT NULL,
    title         TEXT NOT NULL,
    class_code    TEXT,
    class_type    TEXT,
    location      TEXT,
    grades        TEXT NOT NULL,
    subjects      TEXT NOT NULL,
    subject_codes TEXT NOT NULL,
    periods       TEXT NOT NULL,
    course        INTEGER,
    school        INTEGER NOT NULL,
    sessions      TEXT NOT NULL
);

-- providers says which provider supplied each field: one key for all that
-- have a value, or twelve places, joined by commas, in the columns' order.
CREATE TABLE users (
    key                   INTEGER PRIMARY KEY,
    id                    TEXT NOT NULL,
    status                INTEGER NOT NULL,
    enabled               INTEGER NOT NULL,
    roles                 INTEGER NOT NULL,
    orgs                  TEXT NOT NULL,
    providers             TEXT NOT NULL,
    given_name            TEXT,
    family_name           TEXT,
    middle_name           TEXT,
    preferred_given_name  TEXT,
    preferred_family_name TEXT,
    username              TEXT,
    email                 TEXT,
    identifier            TEXT,
    sms                   TEXT,
    phone                 TEXT,
    language              TEXT,
    grades                TEXT
);
CREATE UNIQUE INDEX user_id ON users (id);

-- rule is a name of homeroom_roster::state::Rule.
CREATE TABLE links (
    provider   INTEGER NOT NULL,
    sourced_id TEXT NOT NULL,
    user       INTEGER NOT NULL,
    rule       TEXT NOT NULL,
    evidence   TEXT,
    since      INTEGER NOT NULL,
    present    INTEGER NOT NULL,
    PRIMARY KEY (provider, sourced_id)
) WITHOUT ROWID;

CREATE TABLE enrollments (
    class     INTEGER NOT NULL,
    user      INTEGER NOT NULL,
    role      INTEGER NOT NULL,
    main      INTEGER NOT NULL,
    begin_day INTEGER,
    end_day   INTEGER,
    PRIMARY KEY (class, user, role)
) WITHOUT ROWID;

CREATE TABLE guardians (
    student  INTEGER NOT NULL,
    guardian INTEGER NOT NULL,
    relation INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    PRIMARY KEY (student, guardian)
) WITHOUT ROWID;
