package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
)

func open(t *testing.T, url string) *redis.Store {
	t.Helper()
	s, err := redis.Open(url, redis.Options{})
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

func fact(key, value string) avail.Fact { return avail.Fact{Key: key, Value: []byte(value)} }

func trigger(session string) avail.Trigger {
	return avail.Trigger{Session: session, Avail: avail.Key{Epoch: 1, Sequence: 7}, Events: avail.Start, At: time.Now().UnixMicro()}
}

// writes are one write of each contract.
func writes(s *redis.Store, name string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"create": func(ctx context.Context) error {
			_, err := s.Create(ctx, name, time.Hour, fact("a", "1"))
			return err
		},
		"append": func(ctx context.Context) error {
			_, err := s.Append(ctx, name+"/2", time.Hour, 0, fact("a", "1"))
			return err
		},
		"touch": func(ctx context.Context) error { return s.Touch(ctx, time.Hour, "before") },
		"put": func(ctx context.Context) error {
			_, err := s.PutDocument(ctx, "k", name, store.AnyVersion, []byte("x"))
			return err
		},
		"lease": func(ctx context.Context) error {
			_, _, err := s.Lease(ctx, name, "me", time.Minute)
			return err
		},
		"widen": func(ctx context.Context) error {
			_, err := s.Widen(ctx, trigger(name), time.Hour)
			return err
		},
	}
}

// reads are one read of each contract.
func reads(s *redis.Store) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"since": func(ctx context.Context) error {
			list, _, err := s.Since(ctx, "before", 0)
			if err == nil && len(list) != 1 {
				err = fmt.Errorf("%d facts", len(list))
			}
			return err
		},
		"get":     func(ctx context.Context) error { _, err := s.Get(ctx, "before", "a"); return err },
		"version": func(ctx context.Context) error { _, err := s.KindVersion(ctx, "k"); return err },
		"list":    func(ctx context.Context) error { _, err := s.ListDocuments(ctx, "k", "", 10); return err },
		"backlog": func(ctx context.Context) error { _, _, err := s.Backlog(ctx); return err },
		"ping":    s.Ping,
	}
}

func all(t *testing.T, what string, calls map[string]func(context.Context) error, unavailable bool) {
	t.Helper()
	for name, do := range calls {
		if err := do(t.Context()); unavailable != errors.Is(err, store.ErrUnavailable) || !unavailable && err != nil {
			t.Errorf("%s: %s: %v", what, name, err)
		}
	}
}

// TestRefusedWrites: a server that takes no writes, because its memory is full or it is
// a replica now, is unavailable for them and can be read. Nothing is half written.
func TestRefusedWrites(t *testing.T) {
	server := redistest.Start(t)
	s, c := open(t, server.URL()), server.Client()
	all(t, "before", writes(s, "before"), false)
	for what, change := range map[string][2]func() error{
		"full": {
			func() error { return c.ConfigSet(t.Context(), "maxmemory", "1").Err() },
			func() error { return c.ConfigSet(t.Context(), "maxmemory", "0").Err() },
		},
		"read-only": {
			func() error { return c.ReplicaOf(t.Context(), "127.0.0.1", "1").Err() },
			func() error { return c.ReplicaOf(t.Context(), "NO", "ONE").Err() },
		},
	} {
		if err := change[0](); err != nil {
			t.Fatal(err)
		}
		all(t, what, writes(s, what), true)
		all(t, what, reads(s), false)
		if err := change[1](); err != nil {
			t.Fatal(err)
		}
		for _, owner := range []string{what, what + "/2"} {
			if list, rev, err := s.Since(t.Context(), owner, 0); len(list) != 0 || rev != 0 || err != nil {
				t.Errorf("%s: %d facts were written at %d, %v", what, len(list), rev, err)
			}
		}
		all(t, "after "+what, writes(s, "after "+what), false)
	}
}

// TestRestart: what was written is there after kill -9 and a restart with an append-only
// file, and the new process, which knows no scripts, is sent them.
func TestRestart(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s := open(t, server.URL())
	all(t, "before", writes(s, "before"), false)
	server.Kill()
	all(t, "away", writes(s, "away"), true)
	all(t, "away", reads(s), true)
	server.Restart()
	redistest.Until(t, "the store is back", s.Ping)
	all(t, "back", reads(s), false)
	all(t, "back", writes(s, "back"), false)
	if added, err := s.Widen(t.Context(), trigger("before"), time.Hour); added != 0 || err != nil {
		t.Errorf("the trigger is lost: %v, %v", added, err)
	}
	c := server.Client()
	if err := c.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	list, err := s.Pending(t.Context(), 10, time.Minute) // in pipelines
	if len(list) != 2 || err != nil {
		t.Errorf("%d triggers are pending, %v", len(list), err)
	}
}

// TestPaused: a server that accepts connections and answers nothing costs the first
// callers their time-out and the others nothing.
func TestPaused(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server.URL()+"?timeout=250ms")
	all(t, "before", writes(s, "before"), false)
	server.Pause()
	begun := time.Now()
	const calls = 300
	for range calls {
		if _, _, err := s.Since(t.Context(), "before", 0); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("a paused server is read: %v", err)
		}
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("%d calls to a paused server took %v", calls, took)
	}
	server.Resume()
	redistest.Until(t, "the store is back", s.Ping)
	all(t, "back", reads(s), false)
	all(t, "back", writes(s, "back"), false)
}

// TestFailover: the Sentinels make the replica the primary when that dies, and the
// store goes on there with what it has replicated.
func TestFailover(t *testing.T) {
	x := redistest.StartSentinel(t, "watchword")
	s := open(t, x.URL()+"?sentinel-password=watchword&timeout=500ms")
	all(t, "before", writes(s, "before"), false)
	if n, err := x.Primary.Client().Wait(t.Context(), 1, 10*time.Second).Result(); n != 1 || err != nil {
		t.Fatalf("%d replicas have the writes, %v", n, err)
	}
	_, rev, err := s.Since(t.Context(), "before", 0)
	if err != nil {
		t.Fatal(err)
	}
	x.Primary.Kill()
	redistest.Until(t, "the replica takes writes", func(ctx context.Context) error {
		_, err := s.Append(ctx, "before", time.Hour, rev, fact("b", "2"))
		return err
	})
	if list, _, err := s.Since(t.Context(), "before", 0); len(list) != 2 || err != nil {
		t.Errorf("after the failover there are %d facts, %v", len(list), err)
	}
	all(t, "after", writes(s, "after"), false)
	if list, err := s.Pending(t.Context(), 10, time.Minute); len(list) != 2 || err != nil {
		t.Errorf("%d triggers are pending, %v", len(list), err)
	}
}

// TestLostWrites: revisions and versions that a failover has lost are not given again,
// so a writer that knows them learns that it knows too much.
func TestLostWrites(t *testing.T) {
	server := redistest.Start(t)
	s, c := open(t, server.URL()), server.Client()
	all(t, "before", writes(s, "before"), false)
	keys, err := c.Keys(t.Context(), "*{before}*").Result()
	if err != nil {
		t.Fatal(err)
	}
	saved := map[string]string{}
	for _, key := range keys {
		if saved[key], err = c.Dump(t.Context(), key).Result(); err != nil {
			t.Fatal(err)
		}
	}
	lost, err := s.Create(t.Context(), "before", time.Hour, fact("lost", "x"))
	if err != nil {
		t.Fatal(err)
	}
	for key, body := range saved {
		if err := c.RestoreReplace(t.Context(), key, time.Hour, body).Err(); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := s.Create(t.Context(), "before", time.Hour, fact("other", "y"))
	if err != nil || stored[0].Rev <= lost[0].Rev {
		t.Errorf("a fact is at %d after one at %d was lost, %v", stored[0].Rev, lost[0].Rev, err)
	}
	if a, err := s.Append(t.Context(), "before", time.Hour, lost[0].Rev, fact("late", "z")); a.Written || err != nil {
		t.Errorf("an append in the knowledge of a lost fact is answered %+v, %v", a, err)
	}
}

// TestKeysEnd: every key has a time to live, unless it is kept for ever or until it is
// sent, and those have a bound.
func TestKeysEnd(t *testing.T) {
	server := redistest.Start(t)
	s, c := open(t, server.URL()), server.Client()
	for name, write := range writes(s, "o") {
		if err := write(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	kept := func() (ever []string) {
		t.Helper()
		for it := c.Scan(t.Context(), 0, "*", 100).Iterator(); it.Next(t.Context()); {
			ttl, err := c.PTTL(t.Context(), it.Val()).Result()
			if err != nil {
				t.Fatal(err)
			}
			if ttl < 0 {
				ever = append(ever, strings.Split(it.Val(), ":")[2])
			} else if ttl > 25*time.Hour {
				t.Errorf("%s is kept for %v", it.Val(), ttl)
			}
		}
		return ever
	}
	for _, kind := range kept() {
		switch kind {
		case "docs", "ids", "due", "unsent", "beacons": // what is configured, and what is not sent yet
		default:
			t.Errorf("a key of kind %s is kept for ever", kind)
		}
	}
	list, err := s.Pending(t.Context(), 10, time.Minute)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d triggers are pending, %v", len(list), err)
	}
	if err := s.Settle(t.Context(), list[0], avail.Start, nil, 0); err != nil {
		t.Fatal(err)
	}
	for _, kind := range kept() {
		if kind != "docs" && kind != "ids" {
			t.Errorf("after everything is sent a key of kind %s is kept for ever", kind)
		}
	}
}

// TestServersClock: without a test's clock times are the server's, and what has expired
// can be recalled.
func TestServersClock(t *testing.T) {
	s := open(t, redistest.Start(t).URL())
	begun := time.Now()
	if _, err := s.Create(t.Context(), "o", 200*time.Millisecond, fact("a", "1")); err != nil {
		t.Fatal(err)
	}
	until, err := s.Expires(t.Context(), "o")
	if left := until.Sub(begun); err != nil || left < 200*time.Millisecond-time.Millisecond || left > 5*time.Second {
		t.Errorf("it expires after %v, %v", left, err)
	}
	redistest.Until(t, "it expires", func(ctx context.Context) error {
		list, _, err := s.Since(ctx, "o", 0)
		if err == nil && len(list) > 0 {
			err = errors.New("it is there")
		}
		return err
	})
	if list, err := s.Recall(t.Context(), "o"); len(list) != 1 || err != nil {
		t.Errorf("%d facts are recalled, %v", len(list), err)
	}
}

// TestRestricted: a user needs the commands and keys that SECURITY.md names, and no
// more. Two prefixes do not see each other.
func TestRestricted(t *testing.T) {
	server := redistest.Start(t)
	c := server.Client()
	rules := append([]any{"ACL", "SETUSER", "stitcher", "on", ">p@ss", "resetkeys", "~blue:*", "resetchannels", "-@all"}, needed...)
	if err := c.Do(t.Context(), rules...).Err(); err != nil {
		t.Fatal(err)
	}
	blue := open(t, "redis://stitcher:p%40ss@"+server.Addr+"?prefix=blue:")
	all(t, "blue", writes(blue, "before"), false)
	all(t, "blue", reads(blue), false)
	list, err := blue.Pending(t.Context(), 10, time.Minute)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d triggers are pending, %v", len(list), err)
	}
	if err := blue.Settle(t.Context(), list[0], 0, []store.Attempt{{Event: avail.Start, URL: "http://x/"}}, 0); err != nil {
		t.Error(err)
	}
	if _, err := blue.Attempts(t.Context(), list[0].Trigger); err != nil {
		t.Error(err)
	}
	if err := blue.Settle(t.Context(), list[0], avail.Start, nil, 0); err != nil {
		t.Error(err)
	}
	for name, do := range map[string]func() error{
		"drop":    func() error { return blue.Drop(t.Context(), "before", "a") },
		"recall":  func() error { _, err := blue.Recall(t.Context(), "before"); return err },
		"expires": func() error { _, err := blue.Expires(t.Context(), "before"); return err },
		"delete":  func() error { _, err := blue.DeleteDocument(t.Context(), "k", "before", store.AnyVersion); return err },
		"release": func() error { return blue.Release(t.Context(), "before", "me") },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	green := open(t, server.URL()+"?prefix=green:")
	if list, _, err := green.Since(t.Context(), "before", 0); len(list) != 0 || err != nil {
		t.Errorf("another prefix sees %d facts, %v", len(list), err)
	}
	denied := open(t, "redis://stitcher:p%40ss@"+server.Addr+"?prefix=green:")
	all(t, "denied", writes(denied, "x"), true)
}

// needed are the rules of an ACL that the store needs, as SECURITY.md lists them.
var needed = []any{
	"+ping", "+hello", "+time", "+evalsha", "+eval",
	"+get", "+set", "+del", "+persist", "+pexpire",
	"+hget", "+hmget", "+hset", "+hdel", "+hvals", "+hgetall",
	"+zadd", "+zrem", "+zscore", "+zcard", "+zrange", "+zrangebyscore", "+zrangebylex",
}

// TestLateWrites: a write that a stopped server finds in its buffers when it goes on is
// not done: its caller has given up, and has gone on without it. A trigger that is found
// so is not claimed.
func TestLateWrites(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server.URL()+"?timeout=250ms")
	all(t, "before", writes(s, "before"), false)
	server.Pause()
	if _, err := s.Append(t.Context(), "late", time.Hour, 0, fact("a", "1")); !errors.Is(err, store.ErrUnavailable) {
		t.Fatal(err)
	}
	server.Resume()
	c := server.Client()
	redistest.Until(t, "the server has done what it found", func(ctx context.Context) error {
		stats, err := c.Info(ctx, "commandstats").Result()
		if err == nil && !strings.Contains(stats, "cmdstat_evalsha") {
			err = errors.New(stats)
		}
		return err
	})
	redistest.Until(t, "the store is back", s.Ping)
	if list, rev, err := s.Since(t.Context(), "late", 0); len(list) != 0 || rev != 0 || err != nil {
		t.Errorf("%d facts were written at %d after their caller had given up, %v", len(list), rev, err)
	}
	server.Pause()
	gone, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if list, err := s.Pending(gone, 10, time.Minute); len(list) != 0 || err == nil {
		t.Fatalf("a stopped server has %d triggers, %v", len(list), err)
	}
	server.Resume()
	redistest.Until(t, "the store is back", s.Ping)
	if list, err := s.Pending(t.Context(), 10, time.Minute); len(list) != 1 || err != nil {
		t.Errorf("%d triggers are pending, %v", len(list), err)
	}
}
