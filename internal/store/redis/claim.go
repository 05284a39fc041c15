package redis

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis/layout"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/redis/server"
)

var (
	peekShard     = script.New("outbox_peek")
	claimShard    = script.New("outbox_claim")
	forgetTrigger = script.New("trigger", "outbox_forget")
)

// peekStep is how much of a shard one look sees.
const peekStep = 256

// maxLooks bounds how often one call looks. Each time that it claims less than it saw,
// other callers have claimed some.
const maxLooks = 64

// claimed is a trigger that was claimed, and since when it was due.
type claimed struct {
	store.Claim
	due int64
}

// Pending implements store.Outbox. It looks at what is due in all shards, and claims
// in each shard as many of the oldest as are among the oldest of all. Others may
// claim meanwhile: then it looks again, until nothing is due.
func (s *Store) Pending(ctx context.Context, limit int, lease time.Duration) ([]store.Claim, error) {
	var list []claimed
	for range maxLooks {
		if len(list) == limit {
			break
		}
		counts, err := s.peek(ctx, limit-len(list))
		var more []claimed
		if err == nil {
			more, err = s.claim(ctx, counts, lease)
		}
		list = append(list, more...)
		if err != nil && len(list) == 0 {
			return nil, fmt.Errorf("redis: pending triggers: %w", err)
		}
		if err != nil || len(counts) == 0 {
			break // what is claimed by now must be sent
		}
	}
	slices.SortFunc(list, func(a, b claimed) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.Session, b.Session)) })
	claims := make([]store.Claim, len(list))
	for i, c := range list {
		claims[i] = c.Claim
	}
	return claims, nil
}

// peek is how many of the limit oldest due triggers are in each shard.
func (s *Store) peek(ctx context.Context, limit int) (counts map[int]int, err error) {
	calls := make([]script.Call, layout.Shards)
	for n := range layout.Shards {
		calls[n] = script.Call{Keys: s.keys.Shard(n)[:2], Args: []any{min(limit, peekStep)}}
	}
	replies, err := s.scripts.RunAll(ctx, peekShard, calls)
	type due struct {
		at    int64
		shard int
	}
	var list []due
	for n, r := range replies {
		for i := range r.Len() {
			list = append(list, due{r.At(i).Number(), n})
		}
	}
	if len(list) == 0 {
		return nil, err // a shard that cannot be read does not stop the others
	}
	slices.SortFunc(list, func(a, b due) int { return cmp.Compare(a.at, b.at) })
	counts = map[int]int{}
	for _, d := range list[:min(limit, len(list))] {
		counts[d.shard]++
	}
	return counts, nil
}

// claim claims some of the oldest triggers of shards, and reads them.
func (s *Store) claim(ctx context.Context, counts map[int]int, lease time.Duration) ([]claimed, error) {
	if len(counts) == 0 {
		return nil, nil
	}
	var calls []script.Call
	bounded, cancel, deadline := s.scripts.Bounded(ctx)
	defer cancel()
	for n, count := range counts {
		calls = append(calls, script.Call{Keys: s.keys.Shard(n)[:2], Args: []any{deadline, count, lease.Microseconds()}})
	}
	replies, failed := s.scripts.RunAll(bounded, claimShard, calls)
	var list []claimed
	for _, r := range replies {
		for i := 1; i+1 < r.Len(); i += 2 {
			name, _ := r.At(i).Text()
			t, err := layout.ParseMember(name)
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			list = append(list, claimed{store.Claim{Trigger: t, Until: r.At(0).Number()}, r.At(i + 1).Number()})
		}
	}
	list, err := s.read(ctx, list)
	return list, errors.Join(failed, err)
}

// read reads triggers that were claimed. One that is not there any more is forgotten.
func (s *Store) read(ctx context.Context, list []claimed) ([]claimed, error) {
	commands := make([]*redis.StringCmd, len(list))
	pipe := s.client.Pipeline()
	for i, c := range list {
		commands[i] = pipe.HGet(ctx, s.keys.Trigger(c.Trigger)[0], layout.Field(c.Trigger))
	}
	if len(list) > 0 {
		_, _ = pipe.Exec(ctx) // each command has its own error
	}
	var errs []error
	var gone []script.Call
	var there []claimed
	for i, c := range list {
		text, err := commands[i].Result()
		switch {
		case errors.Is(err, redis.Nil):
			gone = append(gone, script.Call{Keys: s.keys.Trigger(c.Trigger), Args: []any{layout.Field(c.Trigger), layout.Member(c.Trigger)}})
		case err != nil:
			errs = append(errs, server.Fault(err))
		case len(text) != triggerBytes:
			errs = append(errs, script.ErrReply)
		default:
			b := []byte(text)
			c.Events = avail.Events(binary.BigEndian.Uint64(b) &^ binary.BigEndian.Uint64(b[8:]))
			c.At = int64(binary.BigEndian.Uint64(b[16:]))
			there = append(there, c)
		}
	}
	if len(gone) > 0 {
		_, err := s.scripts.RunAll(ctx, forgetTrigger, gone)
		errs = append(errs, err)
	}
	return there, errors.Join(errs...)
}

// triggerBytes is the length of a trigger as it is stored: see script/lua/trigger.lua.
const triggerBytes = 32
