// Package pin is the values of a stream that must not change after they were published.
package pin

import (
	"encoding/json"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// Max bounds the values of a stream; more than Kept are kept only where an MPD has so many
// Periods.
const (
	Max  = 16_384
	Kept = 256
)

// Pins are values by name.
type Pins map[string]int64

// Fact is a value as it is stored.
func Fact(name string, v int64) avail.Fact {
	return avail.Fact{Key: "pin/" + name, Value: origin.Encode(v)}
}

// Facts are the entries of all values.
func (p Pins) Facts() []avail.Fact {
	var facts []avail.Fact
	for name, v := range p {
		facts = append(facts, Fact(name, v))
	}
	return facts
}

// Learn adds a stored value, unless there are Max.
func (p Pins) Learn(name string, value []byte) error {
	var v int64
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	if len(p) < Max {
		p[name] = v
	}
	return nil
}

// Get is the values under names, false where one is missing.
func (p Pins) Get(names []string) ([]int64, bool) {
	got := make([]int64, len(names))
	for i, name := range names {
		v, ok := p[name]
		if !ok {
			return nil, false
		}
		got[i] = v
	}
	return got, true
}

// Of are the values whose names begin with a prefix; nil if there are none.
func (p Pins) Of(prefix string) map[string]int64 {
	var out map[string]int64
	for name, v := range p {
		if strings.HasPrefix(name, prefix) {
			if out == nil {
				out = map[string]int64{}
			}
			out[name] = v
		}
	}
	return out
}

// Reduced is the values under names alone, and the keys under which the others are stored. Where
// there are not many values it is all of them.
func (p Pins) Reduced(names []string) (rest Pins, gone []string) {
	if len(p) <= max(Kept, 2*len(names)) {
		return p, nil
	}
	rest = Pins{}
	for _, name := range names {
		rest[name] = p[name]
	}
	for name := range p {
		if _, ok := rest[name]; !ok {
			gone = append(gone, "pin/"+name)
		}
	}
	return rest, gone
}
