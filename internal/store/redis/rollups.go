package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis/layout"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/redis/sums"
	"stitcher/internal/store/rollup"
)

var _ store.Rollups = (*Store)(nil)

// A fact and what it adds are written by one script, so what is added lies in the slot of
// the fact: each shard of owners and of the outbox has sums of its own. They are of a
// generation. Fold takes them, adds them to the blocks of their days, and removes them.
// The state of a day says up to which generation of each shard its blocks have: so
// nothing is added twice, whichever step is the last that was made.

var (
	lookSums   = script.New("rollup_look")
	readBlocks = script.New("rollup_read")
)

// appendAdds appends the count of increments, and each, as script/lua/sums.lua takes them.
func appendAdds(args []any, adds ...avail.Add) []any {
	args = append(args, len(adds))
	for i := range adds {
		args = append(args, rollup.DeltaOf(&adds[i]).Name(), adds[i].N)
	}
	return args
}

// daysAtOnce is how many days one round trip of a query reads. The caller sums up some days
// while the server reads the next.
const daysAtOnce = 6

// Blocks implements store.Rollups. It reads the sums of the shards before the blocks, and
// leaves out the generations that the blocks have.
func (s *Store) Blocks(ctx context.Context, w *rollup.Want, do func(*rollup.Block) error) error {
	err := s.blocks(ctx, w, do)
	if err != nil {
		return fmt.Errorf("redis: read roll-ups: %w", err)
	}
	return nil
}

func (s *Store) blocks(ctx context.Context, w *rollup.Want, do func(*rollup.Block) error) error {
	fresh, err := s.look(ctx)
	if err != nil {
		return err
	}
	names := w.Columns()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	days := slices.Collect(slices.Chunk(byDay(w.Pieces()), daysAtOnce))
	var next <-chan readDays
	for i, some := range days {
		if i == 0 {
			next = s.readDays(ctx, some, names)
		}
		now := <-next
		if now.err != nil {
			return now.err
		}
		if i+1 < len(days) {
			next = s.readDays(ctx, days[i+1], names)
		}
		for k, pieces := range some {
			if err := eachBlock(now.replies[k], pieces, names, fresh[pieces[0].Day()], do); err != nil {
				return err
			}
		}
	}
	return nil
}

// readDays are the replies of some days.
type readDays struct {
	replies []script.Reply
	err     error
}

// readDays reads some days, while those before them are added up.
func (s *Store) readDays(ctx context.Context, days [][]rollup.Piece, names []string) <-chan readDays {
	calls := make([]script.Call, len(days))
	for i, pieces := range days {
		calls[i] = s.reading(pieces, names)
	}
	out := make(chan readDays, 1)
	go func() {
		replies, err := s.scripts.RunAll(ctx, readBlocks, calls)
		out <- readDays{replies, err}
	}()
	return out
}

// look reads the sums of all shards, by day.
func (s *Store) look(ctx context.Context) (map[int64][]*sums.Generation, error) {
	calls := make([]script.Call, layout.SumShards)
	for i := range calls {
		keys := s.keys.SumsOf(i)
		calls[i] = script.Call{Keys: []string{keys[0], keys[2]}}
	}
	replies, err := s.scripts.RunAll(ctx, lookSums, calls)
	if err != nil {
		return nil, err
	}
	days := map[int64][]*sums.Generation{}
	for i, r := range replies {
		for k := range r.Len() {
			g, err := sums.Read(i, r.At(k))
			if err != nil {
				return nil, err
			}
			g.AddTo(days)
		}
	}
	return days, nil
}

// byDay divides pieces by their days. A day that is wanted as a whole is followed by its
// hours: what the block of the day does not have yet is read from those.
func byDay(pieces []rollup.Piece) (days [][]rollup.Piece) {
	for _, p := range pieces {
		if n := len(days); n > 0 && days[n-1][0].Day() == p.Day() {
			days[n-1] = append(days[n-1], p)
			continue
		}
		day := []rollup.Piece{p}
		if p.Level == rollup.Day {
			day = append(day, rollup.Missing(p.At, 0)...)
		}
		days = append(days, day)
	}
	return days
}

func (s *Store) reading(pieces []rollup.Piece, names []string) script.Call {
	c := script.Call{Keys: []string{s.keys.State(pieces[0].Day())}, Args: []any{""}}
	if pieces[0].Level == rollup.Day {
		c.Args[0] = "day"
	}
	for _, p := range pieces {
		c.Keys = append(c.Keys, s.keys.Block(p))
	}
	for _, name := range names {
		c.Args = append(c.Args, name)
	}
	return c
}

// eachBlock calls do with the blocks of a day, and with one for what they do not have.
func eachBlock(r script.Reply, pieces []rollup.Piece, names []string, fresh []*sums.Generation, do func(*rollup.Block) error) error {
	text, _ := r.At(0).Text()
	at, err := sums.ReadState(text)
	if err != nil {
		return err
	}
	deltas := rollup.Deltas{}
	for _, g := range fresh {
		if !at.Has(g) {
			deltas.Merge(g.Deltas)
		}
	}
	blocks, err := deltas.Blocks()
	for _, b := range blocks {
		err = errors.Join(err, do(b))
	}
	for i, p := range pieces {
		columns := rollup.Columns{}
		for k, name := range names {
			if text, ok := r.At(i + 1).At(k).Text(); ok {
				columns[name] = []byte(text)
			}
		}
		if len(columns) == 0 || err != nil {
			continue
		}
		b, failed := rollup.NewBlock(p, columns)
		if failed == nil {
			failed = do(b)
		}
		err = errors.Join(err, failed)
	}
	return err
}
