package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/rollup"
)

var _ store.Rollups = (*Store)(nil)

// A fact and what it adds are written by one script, so what is added lies in the slot of
// the fact: each shard of owners and of the outbox has sums of its own. They are of a
// generation. Fold takes them, adds them to the blocks of their days, and removes them.
// The state of a day says up to which generation of each shard its blocks have: so
// nothing is added twice, whichever step is the last that was made.

var (
	lookSums   = newScript("rollup_look")
	readBlocks = newScript("rollup_read")
)

// sumShards is how many shards have sums: those of owners, then those of the outbox.
const sumShards = ownerShards + shards

// sumsOf are the keys of the sums of a shard.
func (k keys) sumsOf(shard int) []string {
	if shard < ownerShards {
		return k.sums(ownerTag(shard))
	}
	return k.sums(strconv.Itoa(shard - ownerShards))
}

// appendAdds appends the count of increments, and each, as lua/sums.lua takes them.
func appendAdds(args []any, adds ...avail.Add) []any {
	args = append(args, len(adds))
	for i := range adds {
		args = append(args, rollup.DeltaOf(&adds[i]).Name(), adds[i].N)
	}
	return args
}

// generation is sums of a shard.
type generation struct {
	shard  int
	number uint64
	deltas rollup.Deltas
}

// unpackSums reads the fields of a hash of sums; nil is that there is none.
func unpackSums(shard int, r reply) (*generation, error) {
	if r.len() == 0 {
		return nil, nil
	}
	g := &generation{shard: shard, deltas: rollup.Deltas{}}
	for i := 0; i+1 < r.len(); i += 2 {
		name, _ := r.at(i).text()
		text, _ := r.at(i + 1).text()
		var err error
		if name == "@" {
			g.number, err = strconv.ParseUint(text, 10, 64)
		} else {
			err = g.add(name, text)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: sums have %.64q", errReply, name)
		}
	}
	if g.number == 0 {
		return nil, fmt.Errorf("%w: sums without a generation", errReply)
	}
	return g, nil
}

func (g *generation) add(name, text string) error {
	d, err := rollup.ParseDelta(name[min(1, len(name)):])
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	g.deltas[d] += n
	return err
}

// state is what the blocks of a day have: the hours that the block of the day has (4
// bytes, see rollup.Folding), and the last generation of each shard (8 bytes), big endian.
type state []byte

const stateBytes = 4 + 8*sumShards

func unpackState(text string) (state, error) {
	switch len(text) {
	case 0:
		return make(state, stateBytes), nil
	case stateBytes:
		return state(text), nil
	}
	return nil, fmt.Errorf("%w: the state of a day has %d bytes", errReply, len(text))
}

func (x state) whole() uint32 { return binary.BigEndian.Uint32(x) }

func (x state) setWhole(whole uint32) { binary.BigEndian.PutUint32(x, whole) }

// has is whether the blocks have a generation.
func (x state) has(g *generation) bool { return binary.BigEndian.Uint64(x[4+8*g.shard:]) >= g.number }

func (x state) take(g *generation) { binary.BigEndian.PutUint64(x[4+8*g.shard:], g.number) }

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
	replies []reply
	err     error
}

// readDays reads some days, while those before them are added up.
func (s *Store) readDays(ctx context.Context, days [][]rollup.Piece, names []string) <-chan readDays {
	calls := make([]call, len(days))
	for i, pieces := range days {
		calls[i] = s.reading(pieces, names)
	}
	out := make(chan readDays, 1)
	go func() {
		replies, err := s.runAll(ctx, readBlocks, calls)
		out <- readDays{replies, err}
	}()
	return out
}

// look reads the sums of all shards, by day.
func (s *Store) look(ctx context.Context) (map[int64][]*generation, error) {
	calls := make([]call, sumShards)
	for i := range calls {
		keys := s.keys.sumsOf(i)
		calls[i] = call{keys: []string{keys[0], keys[2]}}
	}
	replies, err := s.runAll(ctx, lookSums, calls)
	if err != nil {
		return nil, err
	}
	days := map[int64][]*generation{}
	for i, r := range replies {
		for k := range r.len() {
			g, err := unpackSums(i, r.at(k))
			if err != nil {
				return nil, err
			}
			g.addTo(days)
		}
	}
	return days, nil
}

// addTo adds what a generation has of each day.
func (g *generation) addTo(days map[int64][]*generation) {
	if g == nil {
		return
	}
	for day, deltas := range g.deltas.Days() {
		days[day] = append(days[day], &generation{g.shard, g.number, deltas})
	}
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

func (s *Store) reading(pieces []rollup.Piece, names []string) call {
	c := call{keys: []string{s.keys.state(pieces[0].Day())}, args: []any{""}}
	if pieces[0].Level == rollup.Day {
		c.args[0] = "day"
	}
	for _, p := range pieces {
		c.keys = append(c.keys, s.keys.block(p))
	}
	for _, name := range names {
		c.args = append(c.args, name)
	}
	return c
}

// eachBlock calls do with the blocks of a day, and with one for what they do not have.
func eachBlock(r reply, pieces []rollup.Piece, names []string, fresh []*generation, do func(*rollup.Block) error) error {
	text, _ := r.at(0).text()
	at, err := unpackState(text)
	if err != nil {
		return err
	}
	deltas := rollup.Deltas{}
	for _, g := range fresh {
		if !at.has(g) {
			deltas.Merge(g.deltas)
		}
	}
	blocks, err := deltas.Blocks()
	for _, b := range blocks {
		err = errors.Join(err, do(b))
	}
	for i, p := range pieces {
		columns := rollup.Columns{}
		for k, name := range names {
			if text, ok := r.at(i + 1).at(k).text(); ok {
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
