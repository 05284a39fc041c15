package sqlite

// migrations are the steps from an empty database to the schema of today. A
// database's user_version is how many of them it has had. A step never changes
// once it is released.
var migrations = []string{
	// 1: the schema up to November 2026, whose databases have user_version 0.
	`CREATE TABLE IF NOT EXISTS owners (owner TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS owners_expires ON owners (expires) WHERE expires > 0;
	CREATE TABLE IF NOT EXISTS facts (seq INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL);
	CREATE UNIQUE INDEX IF NOT EXISTS facts_key ON facts (owner, key);
	CREATE TABLE IF NOT EXISTS registers (owner TEXT NOT NULL, key TEXT NOT NULL, rank INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (owner, key)) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS documents (kind TEXT NOT NULL, id TEXT NOT NULL, doc BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS triggers (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		session TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, ad INTEGER NOT NULL,
		events INTEGER NOT NULL, sent INTEGER NOT NULL, at INTEGER NOT NULL, due INTEGER NOT NULL, leased INTEGER NOT NULL DEFAULT 0, expires INTEGER NOT NULL,
		UNIQUE (session, epoch, sequence, ad));
	CREATE INDEX IF NOT EXISTS triggers_due ON triggers (due) WHERE sent <> events;
	CREATE INDEX IF NOT EXISTS triggers_at ON triggers (at) WHERE sent <> events;
	CREATE INDEX IF NOT EXISTS triggers_expires ON triggers (expires) WHERE sent = events;
	CREATE TABLE IF NOT EXISTS retries (
		session TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, ad INTEGER NOT NULL,
		event INTEGER NOT NULL, url TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, done INTEGER NOT NULL,
		PRIMARY KEY (session, epoch, sequence, ad, event, url)) WITHOUT ROWID;`,

	// 2: an owner has a revision, and facts with a rank replace registers.
	`ALTER TABLE owners ADD COLUMN rev INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE facts ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
	INSERT INTO facts (owner, key, rank, value)
		SELECT owner, key, rank, value FROM registers WHERE owner IN (SELECT owner FROM owners)
		ON CONFLICT (owner, key) DO UPDATE SET rank = excluded.rank, value = excluded.value;
	DROP TABLE registers;
	CREATE INDEX facts_owner ON facts (owner);
	UPDATE owners SET rev = (SELECT coalesce(max(seq), 0) FROM facts WHERE facts.owner = owners.owner);`,

	// 3: documents have versions, and there are leases.
	`ALTER TABLE documents ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
	CREATE TABLE kinds (kind TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
	INSERT INTO kinds SELECT DISTINCT kind, 1 FROM documents;
	CREATE TABLE leases (key TEXT PRIMARY KEY, owner TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
	CREATE INDEX leases_expires ON leases (expires);`,

	// 4: roll-ups by step (60 or 3600 seconds) and time (Unix seconds). The row of
	// an hour with group 0 has the number of groups in the hour.
	`CREATE TABLE rollup_groups (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
	ALTER TABLE retries ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
	CREATE TABLE rollup_hours (at INTEGER NOT NULL, grp INTEGER NOT NULL, n INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (at, grp)) WITHOUT ROWID;
	CREATE TABLE rollups (step INTEGER NOT NULL, at INTEGER NOT NULL, grp INTEGER NOT NULL, measure TEXT NOT NULL, n INTEGER NOT NULL,
		PRIMARY KEY (step, at, grp, measure)) WITHOUT ROWID;`,

	// 5: roll-ups in columns (package rollup). No release has written those of 4.
	`DROP TABLE rollup_groups;
	DROP TABLE rollup_hours;
	DROP TABLE rollups;
	CREATE TABLE rollup_journal (id INTEGER PRIMARY KEY AUTOINCREMENT, deltas BLOB NOT NULL);
	CREATE TABLE rollup_columns (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, at INTEGER NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL,
		UNIQUE (level, at, name));`,

	// 6: owners by terms (store.Finder).
	`CREATE TABLE found (term TEXT NOT NULL, at INTEGER NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (term, at, owner)) WITHOUT ROWID;
	CREATE INDEX found_at ON found (at);
	CREATE TABLE found_owners (owner TEXT PRIMARY KEY, at INTEGER NOT NULL, about BLOB NOT NULL) WITHOUT ROWID;
	CREATE INDEX found_owners_at ON found_owners (at);`,
}
