package vmap

import (
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
)

// MaxBreaks is how many breaks of a VMAP are read, and how many times a break
// is repeated; the rest is left out.
const MaxBreaks = 100

// VMAP is a playlist of breaks (VMAP 1.0.1).
type VMAP struct {
	Version string
	// Breaks are in document order, at most MaxBreaks.
	Breaks []Break
	// Extensions are those of the whole playlist.
	Extensions []document.Extension
}

// Break is one AdBreak: when to show ads and where they come from.
type Break struct {
	ID string
	// Types are what the break allows, in the order of preference: "linear",
	// "nonlinear", "display".
	Types  []string
	Offset TimeOffset
	// RepeatAfter is the interval in microseconds at which the break comes
	// again; 0 is not.
	RepeatAfter int64
	Source      Source
	// Events are the trackers of breakStart, breakEnd and error.
	Events     []document.Tracker
	Extensions []document.Extension
	// Fault is why the break can't be shown; "" if it can. It does not affect the other
	// breaks (field failure B-52, videojs-ima#671).
	Fault avail.Reason
	// Err is the cause of Fault.
	Err error
}

// Source is where the ads of a break come from: a VAST document in place, the
// URL of one, or data that is not VAST. All three are empty in a break that has trackers
// only.
type Source struct {
	ID string
	// AllowMultipleAds and FollowRedirects are true where nothing is said
	// (VMAP 1.0.1 §2.3.2 leaves that to the player).
	AllowMultipleAds, FollowRedirects bool
	// Inline is the document of VASTAdData.
	Inline *document.Document
	// TagURI is the URL of AdTagURI.
	TagURI string
	// Template is the templateType of TagURI or Custom: "vast3", ….
	Template string
	// Custom is the content of CustomAdData.
	Custom string
}

// Empty is why a playlist whose linear breaks have no fault has no ads: all breaks are of
// other types, or no ads were sold.
func (v *VMAP) Empty() avail.Reason {
	for i := range v.Breaks {
		if v.Breaks[i].Linear() {
			return avail.AdsEmpty
		}
	}
	if len(v.Breaks) > 0 {
		return avail.NotLinear
	}
	return avail.AdsEmpty
}

// Linear tells whether the break allows linear ads; one that names no type
// does.
func (b *Break) Linear() bool {
	for _, t := range b.Types {
		if t == "linear" {
			return true
		}
	}
	return len(b.Types) == 0
}

// NonLinear tells whether the break allows non-linear ads; one that names no type does.
func (b *Break) NonLinear() bool {
	return len(b.Types) == 0 || slices.Contains(b.Types, "nonlinear")
}

// Trackers are the URLs of one event of the break.
func (b *Break) Trackers(event string) []string {
	var out []string
	for _, t := range b.Events {
		if t.Event == event {
			out = append(out, t.URL)
		}
	}
	return out
}
