package ads

import (
	"cmp"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/ads/variable"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// The defaults of Settings and Request, which are MediaTailor's.
const (
	defaultRequestTimeout = 3 * time.Second
	defaultBudget         = 10 * time.Second
	// DefaultDuration is what an avail without announced duration is asked
	// and filled for, in microseconds.
	DefaultDuration int64 = 300_000_000
)

// Kind is what an ad request is made for.
type Kind int

const (
	// KindAvail is an avail that the session has come to.
	KindAvail Kind = iota
	// KindPrefetch is an avail that is expected: the request tells nothing of
	// the session's identity nor of the content's time (reference §1.5).
	KindPrefetch
	// KindAsset is a whole asset without markers: the answer says where ads go,
	// and no duration is told (reference §3.3).
	KindAsset
	// KindOverlay is an opportunity for ads that are shown over content.
	KindOverlay
)

// Request is one avail of one session to be decided.
type Request struct {
	Kind     Kind
	Settings Settings
	Session  *playback.Session
	Avail    avail.Avail
	// PreRoll is set for the pod that a live session begins with.
	PreRoll bool
	// Index is [avail.index].
	Index int
	// Available is how much can be filled, in microseconds: the avail's
	// duration less the session's drift. 0 is unknown: DefaultDuration, and no
	// bound of a pre-roll.
	Available int64
	// Content is what creatives have to be prepared for; a prefetch without it
	// prepares none.
	Content Content
	// Start is the reference sequence number at which the pod begins.
	Start int64
	// Variables are values that a prefetch schedule gives dynamic variables, by
	// name ("scte.event_id"); they count before all others.
	Variables map[string]string
	// Offers, where set, are what the avail is filled from: the ad server is not
	// asked again.
	Offers *Offers
	// Budget is shared by the avails of one manifest request; nil is a budget of
	// this avail's own.
	Budget *adserver.Budget
	// Trace, where set, is filled with what was asked and answered. It is
	// complete when Decide returns.
	Trace *adserver.Trace

	profile resolved
}

// variables are the dynamic variables of the ad request. The length is what the origin
// announced and not what drift leaves of it, because ads last whole seconds. An asset
// without markers has no avail, and so no length (reference §3.3).
func (r *Request) variables(random uint64) *variable.Values {
	s := &variable.Source{
		Session: r.Session, Avail: r.Avail, Index: r.Index, Random: random, Given: r.Variables,
		Prefetch: r.Kind == KindPrefetch, Aliases: r.Settings.Aliases,
	}
	if r.Kind != KindAsset {
		s.Length = cmp.Or(r.Avail.Duration, r.Available, DefaultDuration)
	}
	return &variable.Values{Source: s}
}

// boundless tells whether the pod may be as long as its ads are: that of an asset without
// markers (reference §3.3), and a pre-roll whose MaxDurationSeconds was not put
// (§3.5).
func (r *Request) boundless() bool { return r.Kind == KindAsset || r.PreRoll && r.Available <= 0 }

// available is how much can be filled.
func (r *Request) available() int64 {
	switch {
	case r.Available > 0:
		return r.Available
	case r.boundless():
		return unlimited
	}
	return DefaultDuration
}

// longest is how long the break may be, for macros; 0 is not known.
func (r *Request) longest() int64 {
	if r.boundless() {
		return 0
	}
	return r.available()
}
