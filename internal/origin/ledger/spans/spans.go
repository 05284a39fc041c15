// Package spans is the avails that a ledger has.
package spans

import (
	"encoding/json"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// Spans are avails by epoch, in order of sequence. Slices and what they point to are
// replaced, never changed, so that those who read the old ones are not disturbed.
type Spans map[int][]*origin.Span

// Learn adds an entry of the ledger: an avail, a boundary of one, the segment after it or its
// end. key is what follows the kind and a slash. What is known already changes nothing.
func (s Spans) Learn(kind, key string, value []byte) error {
	switch kind {
	case "avail":
		var a avail.Avail
		if err := json.Unmarshal(value, &a); err != nil {
			return err
		}
		s.add(a)
	case "bound":
		name, _, _ := strings.Cut(key, "/")
		var b origin.Bound
		if err := json.Unmarshal(value, &b); err != nil {
			return err
		}
		return s.change(name, func(sp *origin.Span) {
			if n := len(sp.Bounds); sp.Bounds[n-1].Sequence < b.Sequence {
				sp.Bounds = append(append(make([]origin.Bound, 0, n+1), sp.Bounds...), b)
			}
		})
	case "after":
		var n int64
		if err := json.Unmarshal(value, &n); err != nil {
			return err
		}
		return s.change(key, func(sp *origin.Span) { sp.After = n })
	case "end":
		var e origin.EndRecord
		if err := json.Unmarshal(value, &e); err != nil {
			return err
		}
		return s.change(key, func(sp *origin.Span) { sp.End, sp.Cause = e.End, e.Cause })
	}
	return nil
}

// add inserts an avail unless it is known.
func (s Spans) add(a avail.Avail) {
	spans := s[a.Epoch]
	n := len(spans)
	for n > 0 && spans[n-1].Sequence >= a.Sequence {
		n--
		if spans[n].Sequence == a.Sequence {
			return
		}
	}
	next := make([]*origin.Span, 0, len(spans)+1)
	next = append(append(append(next, spans[:n]...), origin.NewSpan(a)), spans[n:]...)
	s[a.Epoch] = next
}

// change replaces the named avail's span by a changed copy.
func (s Spans) change(name string, change func(*origin.Span)) error {
	key, err := avail.ParseKey(name)
	if err != nil {
		return err
	}
	spans := s[key.Epoch]
	for i := len(spans) - 1; i >= 0; i-- {
		if spans[i].Sequence == key.Sequence {
			c := *spans[i]
			change(&c)
			next := append([]*origin.Span(nil), spans...)
			next[i] = &c
			s[key.Epoch] = next
			return nil
		}
	}
	return nil // it was dropped from the ledger
}

// Facts are the entries of all avails.
func (s Spans) Facts() []avail.Fact {
	var facts []avail.Fact
	for _, spans := range s {
		for _, sp := range spans {
			facts = append(facts, avail.Fact{Key: "avail/" + sp.String(), Value: origin.Encode(sp.Avail)})
			for _, b := range sp.Bounds[1:] {
				facts = append(facts, avail.Fact{Key: origin.BoundKey(sp.Key, b.Sequence), Value: origin.Encode(b)})
			}
			if sp.End != origin.Open {
				facts = append(facts, avail.Fact{Key: "end/" + sp.String(), Value: origin.Encode(origin.EndRecord{End: sp.End, Cause: sp.Cause})})
			}
			if sp.After != origin.Unknown {
				facts = append(facts, avail.Fact{Key: "after/" + sp.String(), Value: origin.Encode(sp.After)})
			}
		}
	}
	return facts
}

// Keys are the keys under which avails stand in the ledger.
func Keys(list []*origin.Span) []string {
	var keys []string
	for _, sp := range list {
		name := sp.String()
		keys = append(keys, "avail/"+name, "end/"+name, "after/"+name)
		for _, b := range sp.Bounds {
			keys = append(keys, origin.BoundKey(sp.Key, b.Sequence))
		}
	}
	return keys
}

const (
	// least are kept whatever their age, because a session sums its avails a few at a
	// time.
	least = 16
	// most bounds the avails that are kept, whatever a channel announces.
	most = 1000
)

// Expired is how many of the first avails of a list may be forgotten: they ended by a time, or
// there are too many. Where each of them ended is known.
func Expired(list []*origin.Span, latest int64) int {
	n := 0
	for n < len(list)-least && list[n].End != origin.Open && list[n].After != origin.Unknown {
		if end, ok := list[n].Time(list[n].End); ok && end > latest && len(list)-n <= most {
			break
		}
		n++
	}
	return n
}
