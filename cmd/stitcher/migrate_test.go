package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stitcher/cmd/stitcher/datadir"
	"stitcher/cmd/stitcher/stores"
	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
	"stitcher/internal/store/sqlite"
)

// fill puts something of every kind into a store.
func fill(t *testing.T, s stores.Portable) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	for i := range 20 {
		owner, ttl := fmt.Sprintf("session/%d", i), time.Hour
		if i == 7 {
			ttl = 0 // for ever
		}
		_, err := s.Create(ctx, owner, ttl, avail.Fact{Key: "a", Value: []byte("1")}, avail.Fact{Key: "r", Rank: 1 << 50, Value: []byte("rank")}, avail.Fact{Key: "empty"})
		check(err)
		_, err = s.Create(ctx, owner, ttl, avail.Fact{Key: "a/later", Value: []byte("2")})
		check(err)
	}
	for _, id := range []string{"a", "b:c", "ü"} {
		_, err := s.PutDocument(ctx, "kind", id, 0, []byte("body of "+id))
		check(err)
	}
	yesterday := time.Now().Truncate(24 * time.Hour).Add(-12 * time.Hour)
	_, err := s.Create(ctx, "session/0", time.Hour, avail.Fact{Key: "account", Adds: []avail.Add{{At: yesterday.UnixMicro(), Group: "g", Measure: "m", N: 1000}}})
	check(err)
	now := time.Now().UnixMicro()
	for ad, what := range []string{"unsent", "part", "sent"} {
		x := avail.Trigger{Session: "s", Avail: avail.Key{Epoch: 1, Sequence: 5}, Ad: ad, Events: avail.Impression | avail.Start, At: now}
		_, err := s.Widen(ctx, x, time.Hour)
		check(err)
		if what == "unsent" {
			continue
		}
		list, err := s.Pending(ctx, 10, time.Millisecond)
		check(err)
		for _, c := range list {
			if c.Ad != ad {
				continue
			}
			sent, tried := x.Events, []store.Attempt(nil)
			if what == "part" {
				sent = avail.Impression
				tried = []store.Attempt{{Event: avail.Start, URL: "http://t/?a=b c", Count: 2, Due: 99}}
			}
			check(s.Settle(ctx, c, sent, tried, now))
		}
	}
}

// contents is all that a store has, but versions and times that differ by nature.
func contents(t *testing.T, s stores.Portable) string {
	t.Helper()
	var lines []string
	ctx := t.Context()
	err := s.EachOwner(ctx, func(o store.Owner) error {
		for _, f := range o.Facts {
			lines = append(lines, fmt.Sprintf("%s %v %s=%q %d at %d", o.Name, o.Expires.Unix(), f.Key, f.Value, f.Rank, f.Rev))
		}
		if facts, rev, err := s.Since(ctx, o.Name, 0); rev != o.Rev || len(facts) != len(o.Facts) || err != nil {
			t.Errorf("%s is read as %d facts at %d, %v; exported as %d at %d", o.Name, len(facts), rev, err, len(o.Facts), o.Rev)
		}
		return nil
	})
	if err == nil {
		err = s.EachDocument(ctx, func(kind string, d store.Document) error {
			lines = append(lines, fmt.Sprintf("%s %s %s", kind, d.ID, d.Body))
			return nil
		})
	}
	if err == nil {
		err = s.EachTrigger(ctx, func(k store.Kept) error {
			lines = append(lines, fmt.Sprintf("%+v %v %d %+v", k.Trigger, k.Sent, k.Until, k.Tried))
			return nil
		})
	}
	if err == nil {
		err = s.EachBlock(ctx, func(b store.Block) error {
			lines = append(lines, fmt.Sprint(b))
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(slices.Sorted(slices.Values(lines)), "\n")
}

// TestMigrate: everything comes into Redis and back, with the revisions that facts refer
// to, on one server and on a cluster.
func TestMigrate(t *testing.T) {
	for name, address := range map[string]string{"server": redistest.Start(t).URL(), "cluster": redistest.StartCluster(t, 3).URL()} {
		t.Run(name, func(t *testing.T) {
			dir, back := t.TempDir(), t.TempDir()
			inDir := func(dir string, do func(stores.Portable)) {
				t.Helper()
				s, err := sqlite.Open(dir, sqlite.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				do(s)
			}
			var want string
			inDir(dir, func(s stores.Portable) { fill(t, s); want = contents(t, s) })
			move := func(wantStatus int, args ...string) string {
				t.Helper()
				var said bytes.Buffer
				if status := run(t.Context(), append([]string{"migrate"}, args...), environment(), &said, &said); status != wantStatus {
					t.Fatalf("%v: status %d: %s", args, status, &said)
				}
				return said.String()
			}
			said := move(0, "--from", "sqlite", "--to", address, "--data-dir", dir)
			if !strings.Contains(said, "20 owners with 81 facts, 3 documents, 3 triggers and 3 blocks") {
				t.Errorf("it says %q", said)
			}
			s, err := redis.Open(address, redis.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if got := contents(t, s); got != want {
				t.Errorf("Redis has\n%s\nwant\n%s", got, want)
			}
			if n, _, err := s.Backlog(t.Context()); n != 2 || err != nil {
				t.Errorf("%d triggers are unsent, %v", n, err)
			}
			if said := move(1, "--from", "sqlite", "--to", address, "--data-dir", dir); !strings.Contains(said, "has data") {
				t.Errorf("a second migration says %q", said)
			}
			move(0, "--from", address, "--to", "sqlite", "--data-dir", back)
			inDir(back, func(s stores.Portable) {
				if got := contents(t, s); got != want {
					t.Errorf("back in SQLite there is\n%s\nwant\n%s", got, want)
				}
				if f, err := s.Create(context.Background(), "session/new", time.Hour, avail.Fact{Key: "k"}); err != nil || f[0].Rev == 0 {
					t.Errorf("a new fact is %+v, %v", f, err)
				}
			})
		})
	}
}

// TestMigrateRefused: a data directory that a service uses is left alone.
func TestMigrateRefused(t *testing.T) {
	dir := t.TempDir()
	lock, err := datadir.Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--from", "sqlite", "--to", "redis://127.0.0.1:1", "--data-dir", dir}, 1, "in use"},
		{[]string{"--from", "sqlite", "--to", "sqlite"}, 2, "one store"},
		{[]string{"--from", "sqlite", "--to", "paper"}, 2, "--to"},
		{[]string{"--from", "sqlite"}, 2, "--to"},
	} {
		var said bytes.Buffer
		if status := run(t.Context(), append([]string{"migrate"}, c.args...), environment(), &said, &said); status != c.status || !strings.Contains(said.String(), c.want) {
			t.Errorf("%v: status %d: %s", c.args, status, &said)
		}
	}
}
