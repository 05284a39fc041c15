package gzipped

import (
	"bytes"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/flate"
)

// Pieces are a body deflated in parts that can be put together in any selection of
// neighbours.
type Pieces struct {
	// at are where in the body the pieces begin, and the end of the last.
	at []uint32
	// ends are where in data the pieces begin, and the end of the last.
	ends []int
	data []byte
	// sums are the checksums of the body from the first piece to each boundary.
	sums []uint32
}

// Make deflates a body in pieces: cuts are where they begin, in order, and the end of
// the last.
func Make(body []byte, cuts []uint32) *Pieces {
	p := &Pieces{}
	var data bytes.Buffer
	w, err := flate.NewWriter(&data, flate.BestSpeed+4)
	if err != nil || len(cuts) < 2 {
		return p // there is such a level
	}
	sum := uint32(0)
	p.at, p.ends, p.sums = append(p.at, cuts[0]), append(p.ends, 0), append(p.sums, 0)
	for i, to := range cuts[1:] {
		text := body[cuts[i]:to]
		sum = crc32.Update(sum, crc32.IEEETable, text)
		w.Reset(&data)
		// A buffer takes all that is written to it.
		_, _ = w.Write(text)
		_ = w.Flush()
		p.at, p.ends, p.sums = append(p.at, to), append(p.ends, data.Len()), append(p.sums, sum)
	}
	p.data = bytes.Clone(data.Bytes())
	return p
}

// Count is how many pieces there are.
func (p *Pieces) Count() int { return max(len(p.at)-1, 0) }

// within are the pieces that lie whole in a stretch of the body: from to to, to
// not included.
func (p *Pieces) within(from, to uint32) (first, last int) {
	if len(p.at) == 0 {
		return 0, 0
	}
	first, _ = slices.BinarySearch(p.at, from)
	last, found := slices.BinarySearch(p.at, to)
	if !found {
		last--
	}
	if last <= first {
		return 0, 0
	}
	return first, last
}

// sum goes on with a checksum over the pieces from to to.
func (p *Pieces) sum(sum uint32, from, to int) uint32 {
	// sums[to] is that of a text A and the pieces B: without A it is B's.
	pieces := p.sums[to] ^ crcShift(p.sums[from], p.at[to]-p.at[from])
	return crcShift(sum, p.at[to]-p.at[from]) ^ pieces
}
