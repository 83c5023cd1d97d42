-- Which role a user has at which org, and which org a source calls the primary
-- one. assignments are joined by commas, each a role's place, then @ and the org
-- where one is named, then ! where a source says primary: 12@3!,5@4. Of users
-- that were there before, nothing is known until their sources are read again.
ALTER TABLE users ADD COLUMN assignments TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN primary_org INTEGER;
