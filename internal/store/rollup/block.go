package rollup

import (
	"encoding/binary"
	"strings"
)

// Columns are the columns of a block by name, as they are stored.
type Columns map[string][]byte

// maxRows is how many rows a block may have, so that a stored number cannot take all
// memory.
const maxRows = 64 * 24 * MaxGroups

// Block is a block as it is read: the columns that were asked for.
type Block struct {
	Piece
	// Rows is how many rows it has.
	Rows int
	// Minute is the minute of each row after At in a block of minutes, nil in others.
	Minute []byte

	dims     [Dimensions]*Values
	measures map[string]column
}

// NewBlock reads columns. What is not among them is "" or 0 in every row.
func NewBlock(p Piece, from Columns) (*Block, error) {
	b := &Block{Piece: p, measures: map[string]column{}}
	rows, k := binary.Uvarint(from[sizeColumn])
	if len(from) > 0 && (k <= 0 || rows > maxRows) {
		return nil, errColumn
	}
	b.Rows = int(rows)
	if p.Level == Minutes {
		b.Minute = from[minuteColumn]
		if len(b.Minute) != b.Rows {
			return nil, errColumn
		}
	}
	for d := range b.dims {
		text, ok := from[dimensionColumn(d)]
		if !ok {
			continue
		}
		v, err := unpackValues(text, b.Rows)
		if err != nil {
			return nil, err
		}
		b.dims[d] = &v
	}
	for name, text := range from {
		if m, ok := strings.CutPrefix(name, measureColumn); ok {
			b.measures[m] = text
		}
	}
	return b, nil
}

// Dim are the values of a dimension, nil where all are "".
func (b *Block) Dim(d int) *Values { return b.dims[d] }

// Sum adds the number of a measure in each row i to into[by[i]].
func (b *Block) Sum(measure string, by []uint32, into []int64) error {
	return b.measures[measure].sum(by, into)
}

// group is the group of a row.
func (b *Block) group(row int) (g Group) {
	for d, v := range b.dims {
		if v != nil {
			g[d] = v.Text[v.Of[row]]
		}
	}
	return g
}
