-- The number of the newest entry of the journal that is in here.
ALTER TABLE engine ADD COLUMN entered INTEGER NOT NULL DEFAULT 0;
