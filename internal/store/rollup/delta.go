package rollup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/avail"
)

// Delta is what is added to in Deltas: a measure of a group in a minute.
type Delta struct {
	// Minute is the time in minutes since 1970.
	Minute int64
	// Measure is what is counted, Group the Key of what it belongs to.
	Measure, Group string
}

// Deltas are sums that are not in blocks yet.
type Deltas map[Delta]int64

// Add adds increments.
func (d Deltas) Add(adds ...avail.Add) {
	for i := range adds {
		d[DeltaOf(&adds[i])] += adds[i].N
	}
}

// Merge adds other deltas.
func (d Deltas) Merge(others Deltas) {
	for k, n := range others {
		d[k] += n
	}
}

// DeltaOf is what an increment is added to.
func DeltaOf(a *avail.Add) Delta {
	return Delta{time.UnixMicro(a.At).Unix() / 60, a.Measure, a.Group}
}

// Name is the delta as text.
func (d Delta) Name() string {
	return strconv.FormatInt(d.Minute, 10) + " " + d.Measure + " " + d.Group
}

var errDelta = errors.New("a stored delta cannot be read")

// ParseDelta reads what Name wrote.
func ParseDelta(name string) (d Delta, err error) {
	minute, rest, ok := strings.Cut(name, " ")
	if ok {
		d.Measure, d.Group, ok = strings.Cut(rest, " ")
	}
	if d.Minute, err = strconv.ParseInt(minute, 10, 64); err != nil || !ok {
		return d, fmt.Errorf("%w: %.64q", errDelta, name)
	}
	return d, nil
}

// Encode writes deltas as bytes.
func (d Deltas) Encode() []byte {
	var b []byte
	for k, n := range d {
		name := k.Name()
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
		b = binary.AppendVarint(b, n)
	}
	return b
}

// Decode adds what Encode wrote.
func (d Deltas) Decode(b []byte) error {
	for len(b) > 0 {
		size, k := binary.Uvarint(b)
		if k <= 0 || size > uint64(len(b)-k) {
			return errDelta
		}
		key, err := ParseDelta(string(b[k : k+int(size)]))
		if err != nil {
			return err
		}
		b = b[k+int(size):]
		n, k := binary.Varint(b)
		if k <= 0 {
			return errDelta
		}
		d[key] += n
		b = b[k:]
	}
	return nil
}

// Days are the deltas of each day, by its start in Unix seconds.
func (d Deltas) Days() map[int64]Deltas {
	days := map[int64]Deltas{}
	for k, n := range d {
		at := floor(k.Minute*60, daySeconds)
		if days[at] == nil {
			days[at] = Deltas{}
		}
		days[at][k] = n
	}
	return days
}

// Blocks are the deltas as blocks of minutes.
func (d Deltas) Blocks() ([]*Block, error) {
	hours := map[int64]*table{}
	for k, n := range d {
		at := floor(k.Minute*60, hourSeconds)
		if hours[at] == nil {
			hours[at] = newTable()
		}
		t := hours[at]
		t.add(byte((k.Minute*60-at)/60), t.place(k.Group), k.Measure, n)
	}
	var list []*Block
	for at, t := range hours {
		b, err := NewBlock(Piece{Minutes, at}, t.columns(Minutes))
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}
