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
	// segment is followed by the rendition. Where the player sends the beacons the
	// segments are redirects too: reports tell what it was served.
	segment string
	query   string
}

// assetPrefix is what the URIs of prepared files begin with where no CDN serves them.
func assetPrefix(hash string) string { return "../../../../../tm/" + hash + "/" }

// newPrefixes are the prefixes of a session; asset is assetPrefix, which sessions share.
func newPrefixes(asset, hash string, p *playback.Session) prefixes {
	x := prefixes{asset: asset}
	if p.AdPrefix != "" {
		x.asset = strings.TrimSuffix(p.AdPrefix, "/") + "/tm/" + hash + "/"
	}
	x.segment = "../../../../segment/" + hash + "/" + url.PathEscape(p.Configuration) + "/" + p.ID + "/"
	if p.ManifestQuery != "" {
		x.query = "?" + p.ManifestQuery
	}
	return x
}

func (x *prefixes) apply(n int, plan *hls.Plan) {
	plan.AssetPrefix, plan.SegmentPrefix, plan.SegmentFolder, plan.Query = x.asset, x.segment, folder(n), x.query
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
