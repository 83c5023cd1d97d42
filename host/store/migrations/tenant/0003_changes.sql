-- A run may ask for changes only. Then its pages say what is new since an
-- instant, over the pages of the runs before it; a page that is whole stands
-- for its collection by itself.
ALTER TABLE runs ADD COLUMN changed_since TEXT;
ALTER TABLE pages ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;
