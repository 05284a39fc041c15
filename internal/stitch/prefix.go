package stitch

import (
	"net/url"
	"strconv"
	"strings"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/playback"
)

// prefixes are what the URIs of a session's ads begin with, seen from its media
// playlists at /v1/manifest/{hash}/{configuration}/{session}/{n}.m3u8. They are
// relative, so whatever stands before /v1 holds for them too.
type prefixes struct {
	asset string
	// segment has an entry for each rendition, made when it is first asked
	// for. Where the player sends the beacons the segments are redirects too: reports
	// tell what it was served.
	segment []string
	base    string
	query   string
}

func newPrefixes(hash string, p *playback.Session, renditions int) prefixes {
	x := prefixes{asset: "../../../../../tm/" + hash + "/"}
	if p.AdPrefix != "" {
		x.asset = strings.TrimSuffix(p.AdPrefix, "/") + "/tm/" + hash + "/"
	}
	x.segment = make([]string, renditions)
	x.base = "../../../../segment/" + hash + "/" + url.PathEscape(p.Configuration) + "/" + p.ID + "/"
	if p.ManifestQuery != "" {
		x.query = "?" + p.ManifestQuery
	}
	return x
}

func (x *prefixes) apply(n int, plan *hls.Plan) {
	plan.AssetPrefix, plan.Query = x.asset, x.query
	if x.segment[n] == "" {
		x.segment[n] = x.base + strconv.Itoa(n) + "/"
	}
	plan.SegmentPrefix = x.segment[n]
}
