package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/store/rollup"
)

var (
	takeSums  = newScript("rollup_take")
	doneSums  = newScript("rollup_done")
	putBlocks = newScript("rollup_put")
)

const (
	// foldEvery is how often the sums of the shards are folded into blocks, by one node.
	foldEvery = 15 * time.Second
	foldLease = "rollups"
)

// foldAll folds from time to time, if no other node does.
func (s *Store) foldAll(ctx context.Context) {
	t := time.NewTicker(foldEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			mine, _, err := s.Lease(ctx, foldLease, s.folder, 2*foldEvery)
			if err == nil && mine {
				err = s.Fold(ctx)
			}
			if err != nil && ctx.Err() == nil {
				s.log.Warn("fold roll-ups", "err", err)
			}
		}
	}
}

// errRaced is that another node has folded a day meanwhile.
var errRaced = errors.New("another node folds roll-ups, too")

// Fold moves the sums of the shards into the blocks of their days.
func (s *Store) Fold(ctx context.Context) error {
	if err := s.fold(ctx); err != nil {
		return fmt.Errorf("redis: fold roll-ups: %w", err)
	}
	return nil
}

func (s *Store) fold(ctx context.Context) error {
	calls := make([]call, sumShards)
	for i := range calls {
		keys := s.keys.sumsOf(i)
		calls[i] = call{keys: []string{keys[0], keys[2]}}
	}
	replies, failed := s.runAll(ctx, takeSums, calls) // a shard that fails does not stop the others
	var done []call
	days := map[int64][]*generation{}
	for i, r := range replies {
		g, err := unpackSums(i, r)
		if err != nil {
			return err
		}
		if g != nil {
			g.addTo(days)
			done = append(done, call{calls[i].keys, []any{g.number}})
		}
	}
	now := s.time()
	for _, day := range rollup.Closing(now) {
		days[day] = append(days[day], nil...)
	}
	for day, list := range days {
		if err := s.foldDay(ctx, day, list, now); err != nil {
			return err
		}
	}
	_, err := s.runAll(ctx, doneSums, done)
	return errors.Join(failed, err)
}

// time is the time that decides which hours are over.
func (s *Store) time() time.Time {
	if s.now != nil {
		return s.now()
	}
	return time.UnixMicro(s.offset.of(time.Now()))
}

// foldDay adds to the blocks of a day the generations that they do not have.
func (s *Store) foldDay(ctx context.Context, day int64, list []*generation, now time.Time) error {
	text, err := s.client.Get(ctx, s.keys.state(day)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return fault(err)
	}
	at, err := unpackState(text)
	if err != nil {
		return err
	}
	deltas := rollup.Deltas{}
	for _, g := range list {
		if !at.has(g) {
			deltas.Merge(g.deltas)
		}
	}
	for _, g := range list {
		if !at.has(g) {
			at.take(g)
		}
	}
	f := rollup.Folding{Day: day, Whole: at.whole(), Load: func(p rollup.Piece) (rollup.Columns, error) { return s.columns(ctx, p) }}
	if more, err := f.Fold(deltas, now); err != nil || !more {
		return err
	}
	at.setWhole(f.Whole)
	return s.putDay(ctx, day, text, string(at), f.Changed, now)
}

// columns are all of a block.
func (s *Store) columns(ctx context.Context, p rollup.Piece) (rollup.Columns, error) {
	all, err := s.client.HGetAll(ctx, s.keys.block(p)).Result()
	columns := rollup.Columns{}
	for name, text := range all {
		columns[name] = []byte(text)
	}
	return columns, fault(err)
}

// putDay stores blocks of a day and its new state, if it is still at another.
func (s *Store) putDay(ctx context.Context, day int64, before, after string, blocks map[rollup.Piece]rollup.Columns, now time.Time) error {
	keys := []string{s.keys.state(day)}
	args := []any{before, after, s.left(rollup.Piece{Level: rollup.Day, At: day}, now).Microseconds()}
	for p, columns := range blocks {
		keys = append(keys, s.keys.block(p))
		args = append(args, s.left(p, now).Microseconds(), len(columns))
		for name, data := range columns {
			args = append(args, name, data)
		}
	}
	r, err := s.run(ctx, putBlocks, keys, args...)
	if err == nil && r.number() == 0 {
		err = errRaced
	}
	return err
}

// left is for how long a block is kept from now on: as long as its day.
func (s *Store) left(p rollup.Piece, now time.Time) time.Duration {
	kept := s.retention
	if p.Level == rollup.Minutes {
		kept = min(kept, rollup.MinutesKept)
	}
	return max(time.Minute, time.Unix(p.Day(), 0).Add(24*time.Hour+kept).Sub(now))
}
