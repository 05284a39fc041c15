package known

import (
	"cmp"
	"slices"
	"sort"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// merged is what Spans made last, and of what.
type merged struct {
	epoch, own   int
	shared, list []*origin.Span
}

// Spans are the avails of an epoch for the session, in order: the stream's and
// its own.
func (k *Records) Spans(stream Spans, epoch int) []*origin.Span {
	shared := stream.Spans(epoch)
	if len(k.Own) == 0 {
		return shared
	}
	if m := &k.merged; m.epoch == epoch && m.own == len(k.Own) && len(m.shared) == len(shared) &&
		(len(shared) == 0 || &m.shared[0] == &shared[0]) {
		return m.list // spans are replaced, never edited
	}
	list := append(make([]*origin.Span, 0, len(shared)+len(k.Own)), shared...)
	for _, o := range k.Own {
		if o.Epoch == epoch {
			list = append(list, o.Span)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Sequence < list[j].Sequence })
	k.merged = merged{epoch: epoch, own: len(k.Own), shared: shared, list: list}
	return list
}

// Span is the session's avail with a key; nil if it has left the ledger. The order of
// spans makes it cost the same at any age of the stream.
func (k *Records) Span(stream Spans, key avail.Key) *origin.Span {
	list := k.Spans(stream, key.Epoch)
	i, ok := slices.BinarySearchFunc(list, key.Sequence, func(sp *origin.Span, at int64) int { return cmp.Compare(sp.Sequence, at) })
	if !ok {
		return nil
	}
	return list[i]
}
