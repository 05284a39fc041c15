package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
)

// oldSchema is what databases had that were written before they had a
// user_version.
const oldSchema = `
CREATE TABLE owners (owner TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX owners_expires ON owners (expires) WHERE expires > 0;
CREATE TABLE facts (seq INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL);
CREATE UNIQUE INDEX facts_key ON facts (owner, key);
CREATE TABLE registers (owner TEXT NOT NULL, key TEXT NOT NULL, rank INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (owner, key)) WITHOUT ROWID;
CREATE TABLE documents (kind TEXT NOT NULL, id TEXT NOT NULL, doc BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE triggers (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	session TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, ad INTEGER NOT NULL,
	events INTEGER NOT NULL, sent INTEGER NOT NULL, at INTEGER NOT NULL, due INTEGER NOT NULL, leased INTEGER NOT NULL DEFAULT 0, expires INTEGER NOT NULL,
	UNIQUE (session, epoch, sequence, ad));
CREATE INDEX triggers_due ON triggers (due) WHERE sent <> events;
CREATE INDEX triggers_at ON triggers (at) WHERE sent <> events;
CREATE INDEX triggers_expires ON triggers (expires) WHERE sent = events;
CREATE TABLE retries (
	session TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, ad INTEGER NOT NULL,
	event INTEGER NOT NULL, url TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, done INTEGER NOT NULL,
	PRIMARY KEY (session, epoch, sequence, ad, event, url)) WITHOUT ROWID;
`

// makeDatabase makes the file of a store with other means than the store's.
func makeDatabase(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "stitcher.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%v: %s", err, s)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMigrateOld: a database of the first schema keeps everything: facts in their
// order, registers as facts with a rank, documents and triggers. So does one that an earlier
// version has migrated to any schema since.
func TestMigrateOld(t *testing.T) {
	for version := range migrations {
		t.Run(fmt.Sprint(version), func(t *testing.T) { migrateOld(t, version) })
	}
}

// migrateOld opens a database with content of the first schema that has been migrated to
// another.
func migrateOld(t *testing.T, version int) {
	t.Helper()
	dir := t.TempDir()
	content := []string{
		oldSchema,
		"INSERT INTO owners VALUES ('stream/a', 0), ('session/b', 1), ('empty', 0)",
		"INSERT INTO facts (owner, key, value) VALUES ('stream/a', 'k1', x'31'), ('session/b', 'k', x'78'), ('stream/a', 'k2', x'32'), ('gone', 'k', x'78')",
		"INSERT INTO registers VALUES ('stream/a', 'tail/', 7, x'37'), ('gone', 'tail/', 8, x'38')",
		"INSERT INTO documents VALUES ('k', 'id', x'646f63')",
		"INSERT INTO triggers (session, epoch, sequence, ad, events, sent, at, due, expires) VALUES ('s', 0, 1, 0, 3, 1, 5, 6, 7)",
	}
	content = append(content, migrations[:version]...)
	makeDatabase(t, dir, append(content, fmt.Sprintf("PRAGMA user_version = %d", version))...)
	for range 2 { // and the second time, nothing is to be done
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		list, rev, err := s.Since(t.Context(), "stream/a", 0)
		if err != nil || len(list) < 3 {
			t.Fatalf("%+v, %v", list, err)
		}
		for i, want := range []avail.Fact{{Key: "k1", Value: []byte("1")}, {Key: "k2", Value: []byte("2")}, {Key: "tail/", Value: []byte("7"), Rank: 7}} {
			if f := list[i]; f.Key != want.Key || string(f.Value) != string(want.Value) || f.Rank != want.Rank || f.Rev == 0 {
				t.Errorf("fact %d is %+v, want %+v", i, f, want)
			}
		}
		if last := list[len(list)-1]; rev != last.Rev {
			t.Errorf("the owner is at %d, its last fact at %d", rev, last.Rev)
		}
		got, err := s.Append(t.Context(), "stream/a", time.Hour, rev, avail.Fact{Key: "k3"})
		if err != nil || !got.Written || got.Rev <= rev && len(list) == 3 {
			t.Errorf("an append is answered %+v, %v", got, err)
		}
		if list, rev, err := s.Since(t.Context(), "gone", 0); len(list) != 0 || rev != 0 || err != nil {
			t.Errorf("facts without an owner: %+v at %d, %v", list, rev, err)
		}
		if list, err := s.Pending(t.Context(), 10, time.Hour); err != nil || len(list) > 1 || len(list) == 1 && list[0].Events != 2 {
			t.Errorf("triggers: %+v, %v", list, err)
		}
		d, err := s.Document(t.Context(), "k", "id")
		if v, e := s.KindVersion(t.Context(), "k"); d.Version != 1 || string(d.Body) != "doc" || v != 1 || err != nil || e != nil {
			t.Errorf("the document is %+v, of a kind at %d, %v, %v", d, v, err, e)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNewerDatabase: a database of a newer version is not touched, and the error
// names the file and the way out.
func TestNewerDatabase(t *testing.T) {
	dir := t.TempDir()
	makeDatabase(t, dir, "PRAGMA user_version = 9999")
	_, err := Open(dir, Options{})
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("err = %v", err)
	}
}

// TestSincePlan: what is new of an owner is found by an index, whatever it has
// had before.
func TestSincePlan(t *testing.T) {
	s := open(t, Options{})
	rows, err := s.db.Read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+sinceQuery, 1, "o", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(plan, "\n")
	if strings.Contains(text, "SCAN") || strings.Contains(text, "TEMP B-TREE") || !strings.Contains(text, "rowid>?") {
		t.Errorf("the plan is\n%s", text)
	}
}

// BenchmarkSince reads an owner of which nothing is new, after many facts.
func BenchmarkSince(b *testing.B) {
	s := open(b, Options{})
	list := make([]avail.Fact, 1000)
	for i := range list {
		list[i].Key = string(rune('a'+i%26)) + strings.Repeat("x", i/26)
	}
	if _, err := s.Create(b.Context(), "o", 0, list...); err != nil {
		b.Fatal(err)
	}
	_, rev, err := s.Since(b.Context(), "o", 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if list, _, err := s.Since(b.Context(), "o", rev); err != nil || len(list) != 0 {
			b.Fatal(list, err)
		}
	}
}
