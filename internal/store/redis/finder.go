package redis

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis/layout"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/redis/server"
)

var _ store.Finder = (*Store)(nil)

var findOwners = script.New("find")

const (
	// mostFound is how many owners of a term a shard keeps: a million in all.
	mostFound = 4096
	// looks is how many owners of a term one search looks at in a shard.
	looks = 2 * store.MaxHits
)

// appendFound appends what an owner is found by, as script/lua/facts_write.lua takes it: to keys
// the key of what is answered and those of the terms, to args their count and the rest.
func (s *Store) appendFound(keys []string, args []any, owner string, f avail.Found) ([]string, []any) {
	args = append(args, len(f.Terms))
	if len(f.Terms) == 0 {
		return keys, args
	}
	tag := layout.OwnerTag(owner)
	keys = append(keys, s.keys.About(owner))
	for _, term := range f.Terms {
		keys = append(keys, s.keys.Term(tag, term))
	}
	return keys, append(args, f.At, f.About)
}

// Find implements store.Finder. Each shard finds its newest owners; what is older than
// where one of them has stopped is left to the next page.
func (s *Store) Find(ctx context.Context, f store.Search) (store.Page, error) {
	page, err := s.find(ctx, f)
	if err != nil {
		return store.Page{}, fmt.Errorf("redis: find owners: %w", err)
	}
	return page, nil
}

func (s *Store) find(ctx context.Context, f store.Search) (page store.Page, err error) {
	f.From = max(f.From, s.scripts.Time().Add(-s.retention).UnixMicro())
	before, name := "", ""
	if f.Before != nil {
		before, name = strconv.FormatInt(f.Before.At, 10), f.Before.Owner
	}
	calls := make([]script.Call, layout.OwnerShards)
	for i := range calls {
		for _, term := range f.Terms {
			calls[i].Keys = append(calls[i].Keys, s.keys.Term(layout.ShardTag(i), term))
		}
		calls[i].Args = []any{f.From, f.To, before, name, f.Limit, looks}
	}
	replies, err := s.scripts.RunAll(ctx, findOwners, calls)
	if err != nil {
		return page, err
	}
	for _, r := range replies {
		if stop, ok := hit(r, 0); ok && (page.Next == nil || page.Next.Older(stop)) {
			page.Next = &stop
		}
		for i := 2; i+1 < r.Len(); i += 2 {
			if h, ok := hit(r, i); ok {
				page.Hits = append(page.Hits, h)
			}
		}
	}
	slices.SortFunc(page.Hits, func(a, b store.Hit) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Owner, a.Owner)) })
	page.Hits = slices.DeleteFunc(page.Hits, func(h store.Hit) bool { return page.Next != nil && h.Older(*page.Next) })
	if len(page.Hits) > f.Limit {
		page.Hits = page.Hits[:f.Limit]
		page.Next = &store.Hit{At: page.Hits[f.Limit-1].At, Owner: page.Hits[f.Limit-1].Owner}
	}
	return page, s.tell(ctx, page.Hits)
}

// hit is the time and the name from element i of an answer on.
func hit(r script.Reply, i int) (store.Hit, bool) {
	at, _ := r.At(i).Text()
	name, _ := r.At(i + 1).Text()
	n, err := strconv.ParseInt(at, 10, 64)
	return store.Hit{At: n, Owner: name}, err == nil
}

// tell reads what is answered of owners, and whether they are there.
func (s *Store) tell(ctx context.Context, hits []store.Hit) error {
	if len(hits) == 0 {
		return nil
	}
	told, there := make([]*redis.StringCmd, len(hits)), make([]*redis.StringCmd, len(hits))
	pipe := s.client.Pipeline()
	for i, h := range hits {
		told[i] = pipe.Get(ctx, s.keys.About(h.Owner))
		there[i] = pipe.HGet(ctx, s.keys.Owner(h.Owner)[0], "@")
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	now := s.scripts.Time().UnixMicro()
	for i := range hits {
		about, err := told[i].Result()
		meta, failed := there[i].Result()
		for _, err := range []error{err, failed} {
			if err != nil && !errors.Is(err, redis.Nil) {
				return server.Fault(err)
			}
		}
		hits[i].About = []byte(about)
		if len(meta) == 16 {
			expires := int64(binary.BigEndian.Uint64([]byte(meta)))
			hits[i].Live = expires == 0 || expires > now
		}
	}
	return nil
}
