-- Edits are counted, so that a run knows whether the provider it was begun for
-- is still the one there is; identity_revision is the edit that last made it
-- another source.
ALTER TABLE providers ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE providers ADD COLUMN identity_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN provider_revision INTEGER NOT NULL DEFAULT 0;

-- Commits are counted too: a run that was gone on with commits after runs with
-- a higher key. unmatched_before is the list that stood before the commit.
ALTER TABLE runs ADD COLUMN commit_order INTEGER;
ALTER TABLE runs ADD COLUMN unmatched_before INTEGER;

-- When what was kept of a run went.
ALTER TABLE runs ADD COLUMN plan_dropped TEXT;
ALTER TABLE runs ADD COLUMN details_dropped TEXT;

-- What a commit overwrote in an adapter's storage, for undo; a value that is
-- null was not there.
CREATE TABLE storage_before (
    provider     INTEGER NOT NULL,
    commit_order INTEGER NOT NULL,
    key          TEXT NOT NULL,
    value        BLOB,
    PRIMARY KEY (provider, commit_order, key)
) WITHOUT ROWID;
