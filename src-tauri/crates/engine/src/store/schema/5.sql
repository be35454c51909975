-- Who came in or was turned away, and who ended or changed something. Nothing here is a secret, or the text of a command.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  who TEXT,
  address TEXT,
  origin TEXT,
  session INTEGER,
  server_id INTEGER,
  detail TEXT
);

-- The clients that were in at some time, and how often.
CREATE TABLE clients (
  name TEXT NOT NULL,
  agent TEXT NOT NULL,
  address TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  connections INTEGER NOT NULL,
  PRIMARY KEY (name, agent, address)
) WITHOUT ROWID;
