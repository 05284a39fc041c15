// Package sums is how a store keeps what is added to roll-ups until blocks have it: the sums of
// a shard, of a generation, and the state of a day, which says what its blocks have.
package sums

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"stitcher/internal/store/redis/layout"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/rollup"
)

// Generation is sums of a shard.
type Generation struct {
	// Shard is one of layout.SumShards.
	Shard int
	// Number grows from one generation of the shard to the next.
	Number uint64
	Deltas rollup.Deltas
}

// Read reads the fields of a hash of sums; nil is that there is none.
func Read(shard int, r script.Reply) (*Generation, error) {
	if r.Len() == 0 {
		return nil, nil
	}
	g := &Generation{Shard: shard, Deltas: rollup.Deltas{}}
	for i := 0; i+1 < r.Len(); i += 2 {
		name, _ := r.At(i).Text()
		text, _ := r.At(i + 1).Text()
		var err error
		if name == "@" {
			g.Number, err = strconv.ParseUint(text, 10, 64)
		} else {
			err = g.add(name, text)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: sums have %.64q", script.ErrReply, name)
		}
	}
	if g.Number == 0 {
		return nil, fmt.Errorf("%w: sums without a generation", script.ErrReply)
	}
	return g, nil
}

func (g *Generation) add(name, text string) error {
	d, err := rollup.ParseDelta(name[min(1, len(name)):])
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	g.Deltas[d] += n
	return err
}

// State is what the blocks of a day have: the hours that the block of the day has (4
// bytes, see rollup.Folding), and the last generation of each shard (8 bytes), big endian.
type State []byte

const stateBytes = 4 + 8*layout.SumShards

// NewState is the state of a day that has nothing.
func NewState() State { return make(State, stateBytes) }

// ReadState reads a state as it is stored; "" is that of a day that has nothing.
func ReadState(text string) (State, error) {
	switch len(text) {
	case 0:
		return NewState(), nil
	case stateBytes:
		return State(text), nil
	}
	return nil, fmt.Errorf("%w: the state of a day has %d bytes", script.ErrReply, len(text))
}

// Whole is the hours that the block of the day has, as rollup.Folding says.
func (x State) Whole() uint32 { return binary.BigEndian.Uint32(x) }

// SetWhole sets them.
func (x State) SetWhole(whole uint32) { binary.BigEndian.PutUint32(x, whole) }

// Has is whether the blocks have a generation.
func (x State) Has(g *Generation) bool { return binary.BigEndian.Uint64(x[4+8*g.Shard:]) >= g.Number }

// Take notes that the blocks have a generation.
func (x State) Take(g *Generation) { binary.BigEndian.PutUint64(x[4+8*g.Shard:], g.Number) }

// AddTo adds what a generation has of each day.
func (g *Generation) AddTo(days map[int64][]*Generation) {
	if g == nil {
		return
	}
	for day, deltas := range g.Deltas.Days() {
		days[day] = append(days[day], &Generation{Shard: g.Shard, Number: g.Number, Deltas: deltas})
	}
}
