// Package streams is the ledgers of the channels that are watched on a node.
package streams

import (
	"context"
	"time"

	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/flight"
	"stitcher/internal/stitch/service/sessions"
	"stitcher/internal/stitch/service/unstored"
	"stitcher/internal/store"
)

// Streams are the ledgers of the channels that are watched here.
type Streams struct {
	facts  store.Facts
	opt    ledger.Options
	flight flight.Group[*ledger.Stream]
}

// maxStreams bounds the ledgers in memory: origin URLs may carry viewers'
// tokens, and then every viewer has a stream of their own.
const maxStreams = 20_000

// New makes an empty Streams. Its ledgers are kept in a store, by the rules of opt.
func New(facts store.Facts, opt ledger.Options) *Streams {
	return &Streams{facts: facts, opt: opt}
}

// Unstored is the stream of a session that is not stored. It is the stream of the other sessions
// if they have one, in the store or in memory. Otherwise its ledger is kept in memory alone.
func (m *Streams) Unstored(ctx context.Context, id string) (*ledger.Stream, error) {
	_, rev, err := m.facts.Since(ctx, ledger.Owner(id), 0)
	if err != nil || rev > 0 || m.flight.Has(id) {
		return m.Get(ctx, id)
	}
	return m.flight.Do("unstored/"+id, maxStreams, func() (*ledger.Stream, error) {
		return ledger.Open(ctx, unstored.Facts{}, id, m.opt)
	})
}

// Get is the stream of an id.
func (m *Streams) Get(ctx context.Context, id string) (*ledger.Stream, error) {
	return m.flight.Do(id, maxStreams, func() (*ledger.Stream, error) {
		return ledger.Open(context.WithoutCancel(ctx), m.facts, id, m.opt)
	})
}

// Free drops the streams that were not used since it was called last, unless they are played,
// and the playlists of the others that were not requested for idle. It returns how many streams
// and playlists stay. A stream that is played stays, because a second one over the same ledger
// would act as another node.
func (m *Streams) Free(now time.Time, idle time.Duration, played map[*ledger.Stream]bool) (streams, playlists int) {
	left := m.flight.Sweep(func(x *ledger.Stream) bool { return played[x] })
	for _, x := range left {
		playlists += x.Rest(now, idle)
	}
	return len(left), playlists
}

// maxTimes is how many bytes the times of playlists may take that viewers' queries tell
// apart: without dates in the playlist, those of a live channel differ by query.
const maxTimes = 64 << 20

// Relieve makes streams drop the playlists that were not requested for sessions.InUse, if the
// segment times of all streams take more than 64 MB. How many new ones there can be is bounded by the
// rates of sessions.
func (m *Streams) Relieve(now time.Time) { m.relieve(now, maxTimes) }

func (m *Streams) relieve(now time.Time, most int64) {
	if m.opt.Times.Bytes() <= most {
		return
	}
	for _, x := range m.flight.All() {
		x.Rest(now, sessions.InUse)
	}
}
