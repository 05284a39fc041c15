package report

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"stitcher/internal/store"
	"stitcher/internal/store/rollup"
)

// tally sums blocks up by time and group. It looks at the text of a value once per
// block, and at a row with numbers only.
type tally struct {
	q      *Query
	bounds []time.Time
	// texts number the values of each dimension of the groups.
	texts []numbers[string]
	// steps number the groups: those of the first dimensions, and a value of the next.
	// The first step is of times.
	steps []numbers[pair]
	// sums are the measures of each group of the last step, one after the other.
	sums []int64
}

// pair is a group of some dimensions and a value of the next, by number.
type pair struct{ group, value uint32 }

// numbers number what is met.
type numbers[K comparable] struct {
	of  map[K]uint32
	all []K
	// last is the number that was given last. Blocks have their rows in the same order, so
	// the next number is mostly this one or that after it, and no map is asked.
	last int
}

func (n *numbers[K]) number(k K) uint32 {
	for i := n.last; i < min(n.last+2, len(n.all)); i++ {
		if n.all[i] == k {
			n.last = i
			return uint32(i)
		}
	}
	n.last = int(n.look(k))
	return uint32(n.last)
}

func (n *numbers[K]) look(k K) uint32 {
	i, ok := n.of[k]
	if !ok {
		if n.of == nil {
			n.of = map[K]uint32{}
		}
		i = uint32(len(n.all))
		n.of[k] = i
		n.all = append(n.all, k)
	}
	return i
}

func newTally(q *Query) *tally {
	return &tally{q: q, bounds: q.buckets(), texts: make([]numbers[string], len(q.groupBy)), steps: make([]numbers[pair], 1+len(q.groupBy))}
}

// ahead is how many blocks are read while one is summed up.
const ahead = 8

// read sums up what the store has. It reads blocks while others are summed up.
func (t *tally) read(ctx context.Context, from store.Rollups, want *rollup.Want) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	blocks, done := make(chan *rollup.Block, ahead), make(chan error, 1)
	go func() {
		var err error
		for b := range blocks {
			if err != nil {
				continue
			}
			if err = t.add(b); err != nil {
				stop(err)
			}
		}
		done <- err
	}()
	err := from.Blocks(ctx, want, func(b *rollup.Block) error {
		select {
		case blocks <- b:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	close(blocks)
	return cmp.Or(<-done, err)
}

// groups says which group each row of a block belongs to, by a number in the block,
// and which number each of these has in the tally. Number 0 are the rows that the query
// does not want.
type groups struct {
	of  []uint32
	all []uint32
}

// add sums a block up.
func (t *tally) add(b *rollup.Block) error {
	g := t.times(b)
	t.filter(b, g)
	for i, d := range t.q.groupBy {
		t.split(i, b.Dim(d), g)
	}
	if t.rows() > maxRows {
		return wrong("the answer has more than %d rows: choose a shorter range, a coarser granularity or fewer dimensions", maxRows)
	}
	width := len(t.q.measures)
	if more := t.rows()*width - len(t.sums); more > 0 {
		t.sums = append(t.sums, make([]int64, more)...)
	}
	into := make([]int64, len(g.all))
	for m, n := range t.q.measures {
		clear(into)
		if err := b.Sum(measures[n].Name, g.of, into); err != nil {
			return err
		}
		for i, row := range g.all[1:] {
			t.sums[int(row)*width+m] += into[i+1]
		}
	}
	return nil
}

// rows is how many groups there are.
func (t *tally) rows() int { return len(t.steps[len(t.steps)-1].all) }

// times are the rows of a block by time.
func (t *tally) times(b *rollup.Block) *groups {
	g := &groups{of: make([]uint32, b.Rows), all: []uint32{0}}
	known := map[int]uint32{}
	at := func(unix int64) uint32 {
		i := sort.Search(len(t.bounds), func(i int) bool { return t.bounds[i].Unix() > unix }) - 1
		if i < 0 || i == len(t.bounds)-1 {
			return 0
		}
		if known[i] == 0 {
			g.all = append(g.all, t.steps[0].number(pair{value: uint32(i)}))
			known[i] = uint32(len(g.all) - 1)
		}
		return known[i]
	}
	if b.Minute == nil {
		n := at(b.At)
		for i := range g.of {
			g.of[i] = n
		}
		return g
	}
	var minutes [256]uint32 // 0 is that it was not looked up
	for i, m := range b.Minute {
		if minutes[m] == 0 {
			minutes[m] = 1 + at(b.At+60*int64(m))
		}
		g.of[i] = minutes[m] - 1
	}
	return g
}

// filter takes out the rows that the query does not want.
func (t *tally) filter(b *rollup.Block, g *groups) {
	for d, want := range t.q.filter {
		v := values(b.Dim(d), b.Rows)
		passes := make([]bool, len(v.Text))
		for i, text := range v.Text {
			passes[i] = text == want
		}
		for i, n := range v.Of {
			if !passes[n] {
				g.of[i] = 0
			}
		}
	}
}

// dense is how many combinations of a block are looked up in an array.
const dense = 1 << 20

// split divides groups by the values of the dimension i of the query.
func (t *tally) split(i int, dim *rollup.Values, g *groups) {
	v := values(dim, len(g.of))
	texts := make([]uint32, len(v.Text))
	for k, text := range v.Text {
		texts[k] = t.texts[i].number(text)
	}
	before := g.all
	g.all = []uint32{0}
	step := &t.steps[i+1]
	if len(before)*len(texts) <= dense {
		known := make([]uint32, len(before)*len(texts))
		for row, group := range g.of {
			if group == 0 {
				continue
			}
			value := v.Of[row]
			k := int(group)*len(texts) + int(value)
			if known[k] == 0 {
				known[k] = uint32(len(g.all))
				g.all = append(g.all, step.number(pair{before[group], texts[value]}))
			}
			g.of[row] = known[k]
		}
		return
	}
	var known []uint32
	for row, group := range g.of {
		if group == 0 {
			continue
		}
		n := step.number(pair{before[group], texts[v.Of[row]]})
		if more := len(step.all) - len(known); more > 0 {
			known = append(known, make([]uint32, more)...)
		}
		if known[n] == 0 {
			known[n] = uint32(len(g.all))
			g.all = append(g.all, n)
		}
		g.of[row] = known[n]
	}
}

// values are those of a dimension, also where it is "" in every row.
func values(v *rollup.Values, rows int) *rollup.Values {
	if v == nil {
		return &rollup.Values{Text: []string{""}, Of: make([]uint32, rows)}
	}
	return v
}

// ranks are the places of the values of each dimension in the order of their texts.
func (t *tally) ranks() [][]uint32 {
	list := make([][]uint32, len(t.texts))
	for i := range t.texts {
		all := t.texts[i].all
		order := make([]uint32, len(all))
		for k := range order {
			order[k] = uint32(k)
		}
		slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(all[a], all[b]) })
		list[i] = make([]uint32, len(all))
		for rank, k := range order {
			list[i][k] = uint32(rank)
		}
	}
	return list
}

// group writes the number of the time of a row into key[0], and those of its values into
// the others.
func (t *tally) group(row int, key []uint32) {
	for i := len(t.texts); i > 0; i-- {
		p := t.steps[i].all[row]
		key[i] = p.value
		row = int(p.group)
	}
	key[0] = t.steps[0].all[row].value
}
