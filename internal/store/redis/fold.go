package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/store/redis/layout"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/redis/server"
	"stitcher/internal/store/redis/sums"
	"stitcher/internal/store/rollup"
)

var (
	takeSums  = script.New("rollup_take")
	doneSums  = script.New("rollup_done")
	putBlocks = script.New("rollup_put")
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
	calls := make([]script.Call, layout.SumShards)
	for i := range calls {
		keys := s.keys.SumsOf(i)
		calls[i] = script.Call{Keys: []string{keys[0], keys[2]}}
	}
	replies, failed := s.scripts.RunAll(ctx, takeSums, calls) // a shard that fails does not stop the others
	var done []script.Call
	days := map[int64][]*sums.Generation{}
	for i, r := range replies {
		g, err := sums.Read(i, r)
		if err != nil {
			return err
		}
		if g != nil {
			g.AddTo(days)
			done = append(done, script.Call{Keys: calls[i].Keys, Args: []any{g.Number}})
		}
	}
	now := s.scripts.Time()
	for _, day := range rollup.Closing(now) {
		days[day] = append(days[day], nil...)
	}
	for day, list := range days {
		if err := s.foldDay(ctx, day, list, now); err != nil {
			return err
		}
	}
	_, err := s.scripts.RunAll(ctx, doneSums, done)
	return errors.Join(failed, err)
}

// foldDay adds to the blocks of a day the generations that they do not have.
func (s *Store) foldDay(ctx context.Context, day int64, list []*sums.Generation, now time.Time) error {
	text, err := s.client.Get(ctx, s.keys.State(day)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return server.Fault(err)
	}
	at, err := sums.ReadState(text)
	if err != nil {
		return err
	}
	deltas := rollup.Deltas{}
	for _, g := range list {
		if !at.Has(g) {
			deltas.Merge(g.Deltas)
		}
	}
	for _, g := range list {
		if !at.Has(g) {
			at.Take(g)
		}
	}
	f := rollup.Folding{Day: day, Whole: at.Whole(), Load: func(p rollup.Piece) (rollup.Columns, error) { return s.columns(ctx, p) }}
	if more, err := f.Fold(deltas, now); err != nil || !more {
		return err
	}
	at.SetWhole(f.Whole)
	return s.putDay(ctx, day, text, string(at), f.Changed, now)
}

// columns are all of a block.
func (s *Store) columns(ctx context.Context, p rollup.Piece) (rollup.Columns, error) {
	all, err := s.client.HGetAll(ctx, s.keys.Block(p)).Result()
	columns := rollup.Columns{}
	for name, text := range all {
		columns[name] = []byte(text)
	}
	return columns, server.Fault(err)
}

// putDay stores blocks of a day and its new state, if it is still at another.
func (s *Store) putDay(ctx context.Context, day int64, before, after string, blocks map[rollup.Piece]rollup.Columns, now time.Time) error {
	keys := []string{s.keys.State(day)}
	args := []any{before, after, s.left(rollup.Piece{Level: rollup.Day, At: day}, now).Microseconds()}
	for p, columns := range blocks {
		keys = append(keys, s.keys.Block(p))
		args = append(args, s.left(p, now).Microseconds(), len(columns))
		for name, data := range columns {
			args = append(args, name, data)
		}
	}
	r, err := s.scripts.Run(ctx, putBlocks, keys, args...)
	if err == nil && r.Number() == 0 {
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
