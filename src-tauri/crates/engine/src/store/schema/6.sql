-- When a row was kept, by the engine's own clock, which nobody sets: by it is told what is kept for too long. The times beside it are those of the system, to be shown.
ALTER TABLE commands ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
UPDATE commands SET kept = min(coalesce(imported, began), (SELECT alive FROM engine));
CREATE INDEX commands_kept ON commands (kept);
ALTER TABLE audit ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
UPDATE audit SET kept = min(at, (SELECT alive FROM engine));
ALTER TABLE clients ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
UPDATE clients SET kept = min(last_seen, (SELECT alive FROM engine));
