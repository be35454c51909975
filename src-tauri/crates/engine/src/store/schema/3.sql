-- What the user wrote on a session (no command), a command (no location) or a pipe.
CREATE TABLE notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
  command INTEGER REFERENCES commands (id) ON DELETE CASCADE,
  location INTEGER,
  text TEXT NOT NULL,
  changed INTEGER NOT NULL
);
CREATE UNIQUE INDEX notes_place ON notes (session, coalesce(command, 0), coalesce(location, -1));
CREATE INDEX notes_command ON notes (command);
