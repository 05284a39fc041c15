package stitch

import (
	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/few"
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

// Told is what the records of a session tell of its avails.
type Told struct {
	// Begins are, by epoch, the reference's first segments in the session's first answers.
	Begins      few.Map[int, int64]
	Decisions   few.Map[avail.Key, avail.Decision]
	Settlements few.Map[avail.Key, avail.Settlement]
	// Own are the avails that the session alone has: a pre-roll, or the breaks of a VMAP.
	Own []*origin.Span
}

// ReadRecords reads the records of a session, of one that is over, too. Those that are summed up
// are told where stored has no fold.
func ReadRecords(p *playback.Session, stored []avail.Fact) (*Told, error) {
	s := &Playback{Session: p, env: &Env{}}
	if err := s.recall(stored, 0); err != nil {
		return nil, err
	}
	t := &Told{Begins: s.known.begins, Decisions: s.known.decisions, Settlements: s.known.settlements}
	for _, o := range s.own {
		t.Own = append(t.Own, o.Span)
	}
	return t, nil
}
