package stitch

import (
	"context"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/store"
)

// lookAgain reads the records once more where what is disputed may be there: a store that takes
// no writes, or is slow, may be readable. It fails with ErrMoved where it has read them, and
// with outage.ErrDisputed where it has not.
func (s *Playback) lookAgain(ctx context.Context, now time.Time) error {
	o, on := s.Outages.Current()
	if !on || s.Outages.Looked.Sub(o.Began) >= outage.MaxUnsure {
		return outage.ErrDisputed
	}
	if err := s.Read(store.Patiently(ctx)); err != nil {
		return outage.ErrDisputed
	}
	s.Outages.Looked = now
	return ErrMoved
}

// matterOf is an undecided avail. It began to be published about as long ago as the
// timeline has got past its start.
func (s *Playback) matterOf(sp *origin.Span, ref *origin.View, w *pending, now time.Time) outage.Matter {
	_, elsewhere := s.known.Asked.Get(sp.String())
	m := outage.Matter{To: time.UnixMicro(sp.Seen), Mine: w.asked && !w.tried, Elsewhere: elsewhere}
	if m.From = m.To; !sp.Static {
		if t := now.Add(-time.Duration(ref.Edge()-sp.Start) * time.Microsecond); t.Before(m.From) {
			m.From = t
		}
	}
	if s.Created.After(m.From) {
		m.From = s.Created
	}
	if s.Created.After(m.To) {
		m.To = s.Created
	}
	return m
}
