package hlsplan

import (
	"net/url"
	"strconv"
	"strings"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/playback"
)

// Prefixes are what the URIs of a session's ads begin with, seen from its media
// playlists at /v1/manifest/{hash}/{configuration}/{session}/{n}.m3u8. They are
// relative, so whatever stands before /v1 holds for them too.
type Prefixes struct {
	// Asset is followed by the id of an asset.
	Asset string
	// segment is followed by the rendition. Where the player sends the beacons the
	// segments are redirects too: reports tell what it was served.
	segment string
	query   string
}

// AssetPrefix is what the URIs of prepared files begin with where no CDN serves them.
func AssetPrefix(hash string) string { return "../../../../../tm/" + hash + "/" }

// NewPrefixes are the Prefixes of a session; asset is AssetPrefix, which sessions share.
func NewPrefixes(asset, hash string, p *playback.Session) Prefixes {
	x := Prefixes{Asset: asset}
	if p.AdPrefix != "" {
		x.Asset = strings.TrimSuffix(p.AdPrefix, "/") + "/tm/" + hash + "/"
	}
	x.segment = "../../../../segment/" + hash + "/" + url.PathEscape(p.Configuration) + "/" + p.ID + "/"
	if p.ManifestQuery != "" {
		x.query = "?" + p.ManifestQuery
	}
	return x
}

// Apply gives the plan of rendition n its prefixes.
func (x *Prefixes) Apply(n int, plan *hls.Plan) {
	plan.AssetPrefix, plan.SegmentPrefix, plan.SegmentFolder, plan.Query = x.Asset, x.segment, folder(n), x.query
}

// folders are those of the first renditions, so that an answer allocates none.
var folders = func() (list [64]string) {
	for n := range list {
		list[n] = strconv.Itoa(n) + "/"
	}
	return list
}()

// folder is what stands for a rendition in the URIs of ad segments.
func folder(n int) string {
	if n < len(folders) {
		return folders[n]
	}
	return strconv.Itoa(n) + "/"
}
