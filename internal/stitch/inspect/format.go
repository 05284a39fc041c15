package inspect

import (
	"net/url"
	"time"

	dashcheck "stitcher/internal/manifest/dash/check"
	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/internal/manifest/dash/check/rule"
	hlscheck "stitcher/internal/manifest/hls/check"
	hlslisting "stitcher/internal/manifest/hls/check/listing"
	hlsrule "stitcher/internal/manifest/hls/check/rule"
)

// finding is a broken rule.
type finding struct{ rule, section, detail string }

// Format knows the rules of one format of manifests. A document is what read makes of
// a text.
type Format struct {
	// cost is how much more work a byte is than one of a media playlist.
	cost int
	// read reads a manifest of ours or of the origin's that was answered at a time.
	read   func(text []byte, at time.Time, ours bool) (document any, found []finding)
	update func(prev, next any) []finding
}

// HLS has the rules of media playlists.
var HLS = &Format{
	cost: 1,
	read: func(text []byte, _ time.Time, _ bool) (any, []finding) {
		l, found := hlslisting.Read(text)
		return l, ofPlaylist(append(found, hlscheck.Playlist(l)...))
	},
	update: func(prev, next any) []finding {
		return ofPlaylist(hlscheck.Update(prev.(*hlslisting.Listing), next.(*hlslisting.Listing)))
	},
}

// DASH has the rules of MPDs.
var DASH = &Format{
	cost: 8, // a few bytes of a timeline stand for many segments
	read: func(text []byte, at time.Time, ours bool) (any, []finding) {
		o := listing.Options{Now: at.UnixMicro()}
		if ours {
			o.Base = &url.URL{Path: "/v1/dash/"}
		}
		l, found := listing.Read(text, o)
		return l, ofMPD(append(found, dashcheck.MPD(l)...))
	},
	update: func(prev, next any) []finding {
		return ofMPD(dashcheck.Update(prev.(*listing.Listing), next.(*listing.Listing)))
	},
}

func ofPlaylist(list []hlsrule.Violation) []finding {
	var found []finding
	for _, v := range list {
		found = append(found, finding{v.Rule, v.Section, v.Detail})
	}
	return found
}

func ofMPD(list []rule.Violation) []finding {
	var found []finding
	for _, v := range list {
		found = append(found, finding{v.Rule, v.Section, v.Detail})
	}
	return found
}
