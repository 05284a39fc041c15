package service

import (
	"cmp"
	"sync/atomic"
	"time"

	"stitcher/internal/playback"
	"stitcher/internal/stitch/clientside"
	"stitcher/internal/stitch/events"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/mpdplan"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/recording"
)

// viewing is a session in memory, with what its answers need beside it. Everything in it can be
// had again from the store and the configuration; what is dropped costs a read.
type viewing struct {
	placing.Subject
	// mpd is the layout of a session that is played in DASH; nil in HLS.
	mpd *layouts.MPD
	// hash is the account's label in URLs.
	hash   string
	prefix hlsplan.Prefixes
	// used is when the session was last asked for, told until when the store keeps it:
	// Unix microseconds.
	used, told atomic.Int64
	// tracking is what the tracking document needs; nil until it is asked for. The session's
	// lock guards it.
	tracking *clientside.Document
	// recorded is what the recorder keeps of the session; nil where it is not recorded.
	recorded *recording.Subject
	// logged is what was logged of the origin's manifests.
	logged events.Manifests
	// inspected is whether the answers are inspected.
	inspected bool
}

// Key implements sessions.Session.
func (x *viewing) Key() string { return x.ID }

// LastUsed implements sessions.Session.
func (x *viewing) LastUsed() int64 { return x.used.Load() }

// Expired implements sessions.Session.
func (x *viewing) Expired(now time.Time) bool {
	return now.UnixMicro()-x.used.Load() > x.Lifetime().Microseconds()
}

// protocol is the format that the session is played in.
func (x *viewing) protocol() playback.Protocol { return cmp.Or(x.Protocol, playback.HLS) }

// trackNumber is the rendition whose ads have a name; -1 without.
func (x *viewing) trackNumber(track string) int {
	for n := range x.Layout.Renditions {
		if x.Layout.Renditions[n].Track == track {
			return n
		}
	}
	return -1
}

// mpdInput is what the session's MPD is planned from, with absolute URLs.
func (x *viewing) mpdInput(base, location string) mpdplan.Input {
	return mpdplan.Input{Session: x.Session, Names: x.mpd.Names, Hash: x.hash, Base: base, Location: location}
}
