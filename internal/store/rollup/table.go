package rollup

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// table is a block that is being made.
type table struct {
	rows   map[rowKey]int
	keys   []rowKey
	groups map[string]bool
	// measures are the numbers of each row, up to the last that is not 0.
	measures map[string][]int64
}

type rowKey struct {
	minute byte
	group  string
}

// newTable makes an empty table.
func newTable() *table {
	return &table{rows: map[rowKey]int{}, groups: map[string]bool{}, measures: map[string][]int64{}}
}

// read adds a block that has all of its columns.
func (t *table) read(p Piece, from Columns) error {
	b, err := NewBlock(p, from)
	if err != nil {
		return err
	}
	by, sums := make([]uint32, b.Rows), make([]int64, b.Rows)
	rows := make([]int, b.Rows)
	for i := range by {
		by[i] = uint32(i)
		k := rowKey{group: b.group(i).Key()}
		if b.Minute != nil {
			k.minute = b.Minute[i]
		}
		rows[i] = t.row(k)
	}
	for m := range b.measures {
		clear(sums)
		if err := b.Sum(m, by, sums); err != nil {
			return err
		}
		for i, n := range sums {
			t.put(rows[i], m, n)
		}
	}
	return nil
}

// place is the key of a group, or of its overflow where there is no room for it.
func (t *table) place(group string) string {
	if !t.groups[group] && len(t.groups) >= MaxGroups {
		return ParseGroup(group).Overflow().Key()
	}
	t.groups[group] = true
	return group
}

func (t *table) row(k rowKey) int {
	i, ok := t.rows[k]
	if !ok {
		i = len(t.keys)
		t.rows[k] = i
		t.keys = append(t.keys, k)
		t.groups[k.group] = true
	}
	return i
}

func (t *table) add(minute byte, group, measure string, n int64) {
	t.put(t.row(rowKey{minute, group}), measure, n)
}

func (t *table) put(row int, measure string, n int64) {
	if n == 0 {
		return
	}
	list := t.measures[measure]
	if more := row + 1 - len(list); more > 0 {
		list = append(list, make([]int64, more)...)
		t.measures[measure] = list
	}
	list[row] += n
}

// merge adds another table, without its minutes.
func (t *table) merge(x *table) {
	rows := make([]int, len(x.keys))
	for i, k := range x.keys {
		rows[i] = t.row(rowKey{group: k.group})
	}
	for m, list := range x.measures {
		for i, n := range list {
			t.put(rows[i], m, n)
		}
	}
}

// columns are the table as a block of a level is stored. Rows with the same dimensions
// follow each other, so that the numbers of a measure do, too.
func (t *table) columns(level Level) Columns {
	type row struct {
		Group
		rowKey
		has, from int
	}
	rows := make([]row, len(t.keys))
	for i, k := range t.keys {
		r := row{ParseGroup(k.group), k, 0, i}
		for d, v := range r.Group {
			if v != "" {
				r.has |= 1 << d
			}
		}
		rows[i] = r
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.has, b.has), cmp.Compare(a.group, b.group), cmp.Compare(a.minute, b.minute))
	})
	out := Columns{sizeColumn: binary.AppendUvarint(nil, uint64(len(rows)))}
	minutes := make([]byte, len(rows))
	used := 0
	for i := range rows {
		minutes[i] = rows[i].minute
		used |= rows[i].has
	}
	if level == Minutes {
		out[minuteColumn] = minutes
	}
	values := make([]string, len(rows))
	for d := range int(Dimensions) {
		if used&(1<<d) == 0 {
			continue
		}
		for i := range rows {
			values[i] = rows[i].Group[d]
		}
		out[dimensionColumn(d)] = packValues(values)
	}
	numbers := make([]int64, len(rows))
	for m, list := range t.measures {
		for i := range rows {
			numbers[i] = 0
			if from := rows[i].from; from < len(list) {
				numbers[i] = list[from]
			}
		}
		out[measureColumn+m] = packColumn(numbers)
	}
	return out
}
