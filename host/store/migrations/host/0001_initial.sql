-- What all tenants of a host share. Times are RFC 3339 text.

CREATE TABLE tenants (
    name    TEXT PRIMARY KEY,
    created TEXT NOT NULL
);

-- The component's bytes are in adapters/DIGEST.wasm.
CREATE TABLE adapters (
    digest     TEXT PRIMARY KEY,
    id         TEXT NOT NULL,
    version    TEXT NOT NULL,
    inspection TEXT NOT NULL,
    approval   TEXT,
    installed  TEXT NOT NULL,
    approved   TEXT
);
