package spool

import (
	"context"
	"errors"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// Newest implements store.Newest over a store that does. What is kept comes last.
func (s *Spool) Newest(ctx context.Context, name string, most int, keys ...string) (got, news []avail.Fact, after, rev int64, err error) {
	under, ok := s.Store.(store.Newest)
	if !ok {
		return nil, nil, 0, 0, errors.ErrUnsupported
	}
	kept := s.kept(name) // first: what is written meanwhile is in both
	err = s.look(ctx, func(ctx context.Context) (err error) {
		got, news, after, rev, err = under.Newest(ctx, name, most, keys...)
		return err
	})
	if err != nil {
		return nil, nil, 0, 0, err
	}
	prefer(got, kept)
	return got, merge(news, kept), after, rev, nil
}

// prefer has facts of some keys be those that are kept, where nothing is stored or what is
// stored has a lower rank.
func prefer(got, kept []avail.Fact) {
	for i := range got {
		for _, k := range kept {
			if k.Key == got[i].Key && (got[i].Value == nil || k.Rank > got[i].Rank) {
				got[i] = k
			}
		}
	}
}
