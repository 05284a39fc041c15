package stitch

import (
	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/store"
)

// Options are what the playback of one session is made from.
type Options struct {
	Session *playback.Session
	Layout  *origin.Layout
	Stream  *ledger.Stream
	// Facts has the session's records.
	Facts   store.Facts
	Assets  contents.Assets
	Rules   Rules
	Outages outage.Watch
	// Replayed is set where answers are made again from a recording: what its records do not
	// decide was not decided.
	Replayed bool
}

// New makes the playback of a session that has these records, up to revision rev.
func New(env *Env, o *Options, stored []avail.Fact, rev int64) (*Playback, error) {
	s := &Playback{
		Session: o.Session, Layout: o.Layout, Stream: o.Stream, Facts: o.Facts, Assets: o.Assets, Rules: o.Rules, env: env,
		Outages: o.Outages, replayed: o.Replayed,
	}
	s.ttl.Store(FirstTTL.Microseconds())
	if err := s.recall(stored, rev); err != nil {
		return nil, err
	}
	return s, nil
}

// recall takes the records that the store has, up to revision rev.
func (s *Playback) recall(stored []avail.Fact, rev int64) error {
	if err := s.learnAll(stored, rev); err != nil {
		return err
	}
	// Versions before this did not record that a session began with content.
	s.known.Entered = s.known.Entered || !s.env.Shared && len(s.known.Begins) > 0
	return nil
}
