package service

import (
	"context"

	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/flight"
	"stitcher/internal/store"
)

// streams are the ledgers of the channels that are watched here.
type streams struct {
	facts  store.Facts
	opt    ledger.Options
	flight flight.Group[*ledger.Stream]
}

// maxStreams bounds the ledgers in memory: origin URLs may carry viewers'
// tokens, and then every viewer has a stream of their own.
const maxStreams = 20_000

func newStreams(facts store.Facts, opt ledger.Options) *streams {
	return &streams{facts: facts, opt: opt}
}

// unstored is the stream of a session that is not stored. A ledger that is stored, or is
// being written by other sessions, is one that they share; else there is none in the store.
func (m *streams) unstored(ctx context.Context, id string) (*ledger.Stream, error) {
	_, rev, err := m.facts.Since(ctx, ledger.Owner(id), 0)
	if err != nil || rev > 0 || m.flight.Has(id) {
		return m.get(ctx, id)
	}
	return m.flight.Do("unstored/"+id, maxStreams, func() (*ledger.Stream, error) {
		return ledger.Open(ctx, unstored{}, id, m.opt)
	})
}

func (m *streams) get(ctx context.Context, id string) (*ledger.Stream, error) {
	return m.flight.Do(id, maxStreams, func() (*ledger.Stream, error) {
		return ledger.Open(context.WithoutCancel(ctx), m.facts, id, m.opt)
	})
}
