package redis_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
)

var update = flag.Bool("update", false, "write testdata/layout1.txt anew; only together with another number of the layout")

// layoutFile is what the first version of the layout writes.
var layoutFile = filepath.Join("testdata", "layout1.txt")

// layoutTime is when it was written.
var layoutTime = time.Unix(1_900_000_000, 0)

var layoutTrigger = avail.Trigger{Session: "s", Avail: avail.Key{Epoch: 1, Sequence: 7}, Ad: 2, Events: avail.Start | avail.Complete, At: layoutTime.UnixMicro()}

// openAt opens a store whose clock stands.
func openStanding(t *testing.T, server *redistest.Server) *redis.Store {
	t.Helper()
	s, err := redis.Open(server.URL(), redis.Options{Now: func() time.Time { return layoutTime }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// writeLayout writes something of each kind.
func writeLayout(ctx context.Context, s *redis.Store) error {
	add := avail.Add{At: layoutTime.UnixMicro(), Group: "group", Measure: "avails", N: 3}
	_, err := s.Create(ctx, "session/s", time.Hour, fact("session", "\x00{}"), avail.Fact{
		Key: "decision/1.7", Value: []byte("{}"), Adds: []avail.Add{add},
		Found: avail.Found{At: layoutTime.UnixMicro(), Terms: []string{"reason=pod_short"}, About: []byte("{}")},
	})
	if err != nil {
		return err
	}
	if _, err = s.Create(ctx, "session/s", time.Hour, avail.Fact{Key: "tail/v", Rank: 5, Value: []byte("5")}); err != nil {
		return err
	}
	if _, err = s.PutDocument(ctx, "configuration", "live", 0, []byte(`{"Name":"live"}`)); err != nil {
		return err
	}
	if _, _, err = s.Lease(ctx, "job/1", "node", time.Minute); err != nil {
		return err
	}
	if _, err = s.Widen(ctx, layoutTrigger, time.Hour); err != nil {
		return err
	}
	list, err := s.Pending(ctx, 10, time.Minute)
	if err != nil || len(list) != 1 {
		return fmt.Errorf("%d triggers are pending, %w", len(list), err)
	}
	return s.Settle(ctx, list[0], avail.Start, []store.Attempt{{Event: avail.Complete, URL: "http://t.example/complete", Count: 1, Due: layoutTime.Add(time.Second).UnixMicro()}}, layoutTime.Add(time.Second).UnixMicro())
}

// dump is all keys with what they have, a line each.
func dump(t *testing.T, c *client.Client) string {
	t.Helper()
	ctx := t.Context()
	keys, err := c.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	line := func(words ...string) {
		for i := range words {
			words[i] = strconv.QuoteToASCII(words[i])
		}
		lines = append(lines, strings.Join(words, " "))
	}
	for _, key := range keys {
		kind, err := c.Type(ctx, key).Result()
		switch {
		case err != nil:
		case kind == "hash":
			var fields map[string]string
			fields, err = c.HGetAll(ctx, key).Result()
			for name, value := range fields {
				line("HSET", key, name, value)
			}
		case kind == "zset":
			var members []client.Z
			members, err = c.ZRangeWithScores(ctx, key, 0, -1).Result()
			for _, m := range members {
				line("ZADD", key, strconv.FormatFloat(m.Score, 'f', -1, 64), m.Member.(string))
			}
		default:
			var value string
			value, err = c.Get(ctx, key).Result()
			line("SET", key, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// load writes what dump has read.
func load(t *testing.T, c *client.Client, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		var command []any
		for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimSpace(rest) {
			word, err := strconv.QuotedPrefix(rest)
			if err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			rest = rest[len(word):]
			plain, err := strconv.Unquote(word)
			if err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			command = append(command, plain)
		}
		if err := c.Do(t.Context(), command...).Err(); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
	}
}

// TestLayout: versions of stitcher run side by side during an upgrade. So this one writes what
// the first version of the layout wrote, byte for byte, and reads it. What cannot be written so
// needs another number of the layout.
func TestLayout(t *testing.T) {
	server := redistest.Start(t)
	if err := writeLayout(t.Context(), openStanding(t, server)); err != nil {
		t.Fatal(err)
	}
	written := dump(t, server.Client())
	if *update {
		if err := os.WriteFile(layoutFile, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(layoutFile)
	if err != nil {
		t.Fatal(err)
	}
	if want := string(b); written != want {
		t.Errorf("the store has\n%s\nwant\n%s", written, want)
	}
	other := redistest.Start(t)
	load(t, other.Client(), string(b))
	readLayout(t, openStanding(t, other))
}

// readLayout reads what writeLayout has written.
func readLayout(t *testing.T, s *redis.Store) {
	t.Helper()
	ctx := t.Context()
	facts, rev, err := s.Since(ctx, "session/s", 0)
	if err != nil || len(facts) != 3 || string(facts[0].Value) != "\x00{}" || facts[1].Key != "decision/1.7" || facts[2].Rank != 5 || facts[2].Rev != rev {
		t.Errorf("facts are %+v at %d, %v", facts, rev, err)
	}
	if until, err := s.Expires(ctx, "session/s"); err != nil || !until.Equal(layoutTime.Add(time.Hour)) {
		t.Errorf("the session is kept until %v, %v", until, err)
	}
	if d, err := s.Document(ctx, "configuration", "live"); err != nil || d.Version == 0 || string(d.Body) != `{"Name":"live"}` {
		t.Errorf("the document is %+v, %v", d, err)
	}
	if held, _, err := s.Lease(ctx, "job/1", "another", time.Minute); held || err != nil {
		t.Errorf("another node has the lease: %v, %v", held, err)
	}
	page, err := s.Find(ctx, store.Search{Terms: []string{"reason=pod_short"}, To: layoutTime.UnixMicro() + 1, Limit: 10})
	if err != nil || len(page.Hits) != 1 || !page.Hits[0].Live || string(page.Hits[0].About) != "{}" {
		t.Errorf("a search finds %+v, %v", page, err)
	}
	tried, err := s.Attempts(ctx, layoutTrigger)
	if err != nil || len(tried) != 1 || tried[0].Count != 1 || tried[0].URL != "http://t.example/complete" {
		t.Errorf("attempts are %+v, %v", tried, err)
	}
	if n, oldest, err := s.Backlog(ctx); n != 1 || oldest != layoutTime.UnixMicro() || err != nil {
		t.Errorf("%d triggers are unsent, the oldest of %d, %v", n, oldest, err)
	}
	if events, err := s.Widen(ctx, layoutTrigger, time.Hour); events != 0 || err != nil {
		t.Errorf("events %v are new, %v", events, err)
	}
}
