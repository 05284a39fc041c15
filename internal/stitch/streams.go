package stitch

import (
	"context"

	"stitcher/internal/origin"
	"stitcher/internal/store"
)

// streams are the ledgers of the channels that are watched here.
type streams struct {
	facts  store.Facts
	opt    origin.StreamOptions
	flight flight[*origin.Stream]
}

// maxStreams bounds the ledgers in memory: origin URLs may carry viewers'
// tokens, and then every viewer has a stream of their own.
const maxStreams = 20_000

func newStreams(facts store.Facts, opt origin.StreamOptions) *streams {
	return &streams{facts: facts, opt: opt}
}

func (m *streams) get(ctx context.Context, id string) (*origin.Stream, error) {
	return m.flight.do(id, maxStreams, func() (*origin.Stream, error) {
		return origin.OpenStream(context.WithoutCancel(ctx), m.facts, id, m.opt)
	})
}
