-- What the user likes, as JSON: for all clients (no client), or kept by clients of a name for themselves.
CREATE TABLE preferences (
  client TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (client, name)
) WITHOUT ROWID;
