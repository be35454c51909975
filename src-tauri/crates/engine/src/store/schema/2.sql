-- When a command of a shell's own history was taken over; such a command may have begun at an unknown time, which is 0.
ALTER TABLE commands ADD COLUMN imported INTEGER;
CREATE INDEX commands_imported ON commands (imported) WHERE imported IS NOT NULL;
DROP INDEX commands_running;
CREATE INDEX commands_running ON commands (id) WHERE ended IS NULL AND imported IS NULL;

-- The history files that were taken over. One that is not complete was interrupted.
CREATE TABLE imports (
  path TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  complete INTEGER NOT NULL DEFAULT 0
);
