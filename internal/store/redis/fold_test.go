package redis_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"stitcher/internal/avail"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
	"stitcher/internal/store/rollup"
)

// total is the sum of measure m around a time.
func total(t *testing.T, s *redis.Store, at time.Time) int64 {
	t.Helper()
	sum := make([]int64, 1)
	day := at.Truncate(24 * time.Hour)
	w := rollup.Want{Bounds: []time.Time{day.Add(-24 * time.Hour), day.Add(48 * time.Hour)}, Measures: []string{"m"}}
	if err := s.Blocks(t.Context(), &w, func(b *rollup.Block) error { return b.Sum("m", make([]uint32, b.Rows), sum) }); err != nil {
		t.Fatal(err)
	}
	return sum[0]
}

func openAt(t *testing.T, url string) *redis.Store {
	t.Helper()
	s, err := redis.Open(url+"?timeout=30s", redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestFoldRaces: nodes that add, fold and read at once lose nothing and count nothing
// twice. A reader sees no less than what was added before, and no more than what was
// begun.
func TestFoldRaces(t *testing.T) {
	for name, url := range map[string]string{"server": redistest.Start(t).URL(), "cluster": redistest.StartCluster(t, 3).URL()} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			const each = 200
			nodes := []*redis.Store{openAt(t, url), openAt(t, url), openAt(t, url)}
			ctx, stop := context.WithCancel(t.Context())
			var adders, folders sync.WaitGroup
			for i, s := range nodes {
				adders.Go(func() {
					for k := range each {
						a := avail.Add{At: now.UnixMicro(), Group: "g", Measure: "m", N: 1}
						if _, err := s.Create(t.Context(), fmt.Sprint("o", k%20), time.Hour, avail.Fact{Key: fmt.Sprint(i, " ", k), Adds: []avail.Add{a}}); err != nil {
							t.Error(err)
						}
					}
				})
				folders.Go(func() {
					for ctx.Err() == nil {
						_ = s.Fold(ctx) // it fails where another was faster
					}
				})
			}
			folders.Go(func() {
				for last := int64(0); ctx.Err() == nil; {
					n := total(t, nodes[0], now)
					if n < last || n > each*int64(len(nodes)) {
						t.Errorf("the sum is %d after %d", n, last)
					}
					last = n
				}
			})
			adders.Wait()
			stop()
			folders.Wait()
			for range 2 {
				if n := total(t, nodes[1], now); n != each*int64(len(nodes)) {
					t.Errorf("the sum is %d", n)
				}
				if err := errors.Join(nodes[2].Fold(t.Context()), nodes[2].Fold(t.Context())); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestFoldEnds: a node that ended after the sums were put into blocks and before they were
// removed has another remove them.
func TestFoldEnds(t *testing.T) {
	server := redistest.Start(t)
	s, now := openAt(t, server.URL()), time.Now()
	add := func(key string) {
		t.Helper()
		if _, err := s.Create(t.Context(), "o", time.Hour, avail.Fact{Key: key, Adds: []avail.Add{{At: now.UnixMicro(), Group: "g", Measure: "m", N: 1}}}); err != nil {
			t.Fatal(err)
		}
	}
	add("a")
	o, err := goredis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	raw := goredis.NewClient(o)
	defer raw.Close()
	keys, err := raw.Keys(t.Context(), "stitcher:1:sums:*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	taken := "stitcher:1:taken:" + keys[0][len("stitcher:1:sums:"):]
	if err := raw.Copy(t.Context(), keys[0], "copy", 0, true).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	add("b")
	if err := raw.Rename(t.Context(), "copy", taken).Err(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n := total(t, s, now); n != 2 {
			t.Errorf("the sum is %d, want 2", n)
		}
		if err := s.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := raw.Exists(t.Context(), taken, keys[0]).Val(); n != 0 {
		t.Errorf("%d keys of sums are left", n)
	}
}
