-- What the engine knows of itself: when it last lived, how many bytes of output are kept, and the hash of the pairing token that sessions came in by.
CREATE TABLE engine (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  alive INTEGER NOT NULL,
  output_size INTEGER NOT NULL DEFAULT 0,
  pairing BLOB
);
INSERT INTO engine (id, alive) VALUES (1, 0);

-- A session that has ended has no token.
CREATE TABLE sessions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash BLOB UNIQUE,
  cwd TEXT,
  last_server_id INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  used INTEGER NOT NULL
);

-- Commands without a session came from a shell's own history.
CREATE TABLE commands (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session INTEGER REFERENCES sessions (number) ON DELETE CASCADE,
  server_id INTEGER,
  client_id INTEGER,
  text TEXT NOT NULL,
  cwd TEXT,
  began INTEGER NOT NULL,
  ended INTEGER,
  exit_code INTEGER,
  signal INTEGER,
  duration INTEGER,
  pipe_status TEXT,
  cwd_after TEXT,
  lost INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  format TEXT,
  streams TEXT,
  client TEXT,
  origin TEXT,
  UNIQUE (session, server_id)
);
CREATE INDEX commands_began ON commands (began, id);
CREATE INDEX commands_running ON commands (id) WHERE ended IS NULL;

-- The end of what a command printed: `streams` tells the pieces of `bytes`, `total` counts what was printed.
CREATE TABLE output (
  command INTEGER PRIMARY KEY REFERENCES commands (id) ON DELETE CASCADE,
  size INTEGER NOT NULL,
  total INTEGER NOT NULL,
  streams BLOB NOT NULL,
  bytes BLOB NOT NULL
);
CREATE TRIGGER output_grows AFTER INSERT ON output BEGIN
  UPDATE engine SET output_size = output_size + new.size;
END;
CREATE TRIGGER output_shrinks AFTER DELETE ON output BEGIN
  UPDATE engine SET output_size = output_size - old.size;
END;
