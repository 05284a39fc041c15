package redis

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis/layout"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/redis/server"
)

var _ store.Outbox = (*Store)(nil)

var (
	widenTrigger  = script.New("trigger", "outbox_widen")
	settleTrigger = script.New("trigger", "sums", "outbox_settle")
)

// triedFor is for how long the attempts at a trigger are kept after the last one. A
// sender gives a beacon up after an hour.
const triedFor = 7 * 24 * time.Hour

// Widen implements store.Outbox.
func (s *Store) Widen(ctx context.Context, t avail.Trigger, ttl time.Duration) (avail.Events, error) {
	r, err := s.scripts.Run(ctx, widenTrigger, s.keys.Trigger(t), layout.Field(t), layout.Member(t), eventBytes(t.Events), t.At, ttl.Microseconds())
	if err == nil {
		var added avail.Events
		if added, err = unpackEvents(r); err == nil {
			return added, nil
		}
	}
	return 0, fmt.Errorf("redis: widen trigger: %w", err)
}

// Attempts implements store.Outbox.
func (s *Store) Attempts(ctx context.Context, t avail.Trigger) ([]store.Attempt, error) {
	tried, err := s.client.HGetAll(ctx, s.keys.Trigger(t)[4]).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: read attempts: %w", server.Fault(err))
	}
	var list []store.Attempt
	for name, text := range tried {
		a, err := unpackAttempt(name, text)
		if err != nil {
			return nil, fmt.Errorf("redis: read attempts: %w", err)
		}
		list = append(list, a)
	}
	return list, nil
}

// Settle implements store.Outbox.
func (s *Store) Settle(ctx context.Context, c store.Claim, sent avail.Events, tried []store.Attempt, due int64, adds ...store.EventAdd) error {
	args := []any{
		layout.Field(c.Trigger), layout.Member(c.Trigger), eventBytes(sent), eventBytes(c.Events), c.Until, due, triedFor.Microseconds(), len(tried),
	}
	for _, a := range tried {
		name, text := packAttempt(a)
		args = append(args, name, text, eventBytes(a.Event), a.Count, a.Done)
		args = appendAdds(args, a.Adds...)
	}
	for _, a := range adds {
		args = appendAdds(append(args, eventBytes(a.Event)), a.Add)
	}
	if _, err := s.scripts.Run(ctx, settleTrigger, s.keys.Trigger(c.Trigger), args...); err != nil {
		return fmt.Errorf("redis: settle trigger: %w", err)
	}
	return nil
}

// Backlog implements store.Outbox.
func (s *Store) Backlog(ctx context.Context) (count int, oldest int64, err error) {
	sizes, firsts := make([]*redis.IntCmd, layout.Shards), make([]*redis.ZSliceCmd, layout.Shards)
	pipe := s.client.Pipeline()
	for n := range layout.Shards {
		unsent := s.keys.Shard(n)[2]
		sizes[n], firsts[n] = pipe.ZCard(ctx, unsent), pipe.ZRangeWithScores(ctx, unsent, 0, 0)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, 0, fmt.Errorf("redis: backlog: %w", server.Fault(err))
	}
	for n := range layout.Shards {
		count += int(sizes[n].Val())
		for _, z := range firsts[n].Val() {
			if at := int64(z.Score); oldest == 0 || at < oldest {
				oldest = at
			}
		}
	}
	return count, oldest, nil
}

func eventBytes(e avail.Events) []byte { return binary.BigEndian.AppendUint64(nil, uint64(e)) }

func unpackEvents(r script.Reply) (avail.Events, error) {
	text, _ := r.Text()
	if len(text) != 8 {
		return 0, script.ErrReply
	}
	return avail.Events(binary.BigEndian.Uint64([]byte(text))), nil
}

// packAttempt is an attempt as it is stored: its event and URL, and what came of it.
func packAttempt(a store.Attempt) (name string, text string) {
	done := 0
	switch {
	case a.Failed:
		done = 2
	case a.Done:
		done = 1
	}
	return strconv.FormatUint(uint64(a.Event), 10) + " " + a.URL, fmt.Sprintf("%d %d %d", a.Count, a.Due, done)
}

func unpackAttempt(name, text string) (a store.Attempt, err error) {
	var done int
	event, url, _ := strings.Cut(name, " ")
	bits, err := strconv.ParseUint(event, 10, 64)
	if err == nil {
		_, err = fmt.Sscanf(text, "%d %d %d", &a.Count, &a.Due, &done)
	}
	if err != nil {
		return a, fmt.Errorf("%w: attempt %q is %q", script.ErrReply, name, text)
	}
	a.Failed = done == 2
	a.Event, a.URL, a.Done = avail.Events(bits), url, done != 0
	return a, nil
}
