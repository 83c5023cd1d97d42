-- Keys that the operator trusts to sign adapters. A publisher may have several,
-- so that one can be replaced by the next.
CREATE TABLE publishers (
    key   TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    added TEXT NOT NULL
);

-- Whose signature an adapter's file had when it was installed; none: nobody's
-- whom the operator trusted then.
ALTER TABLE adapters ADD COLUMN publisher TEXT;
