package vast

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
)

// TestCondition: under conditioning NONE the first streaming HLS file of the
// document is shown as it is.
func TestCondition(t *testing.T) {
	stream := func(url, kind string) document.MediaFile {
		return document.MediaFile{URL: url, Delivery: "streaming", Type: kind}
	}
	progressive := document.MediaFile{URL: "http://m/a.mp4", Delivery: "progressive"}
	for name, c := range map[string]struct {
		files        []document.MediaFile
		before, want avail.Reason
		url          string
	}{
		"by name":         {[]document.MediaFile{progressive, stream("file:///etc/a.m3u8", ""), stream("http://m/1.M3U8?x", ""), stream("http://m/3.mpd", "")}, "", "", "http://m/1.M3U8?x"},
		"DASH by name":    {[]document.MediaFile{progressive, stream("http://m/3.MPD?x", ""), stream("http://m/1.m3u8", "")}, "", "", "http://m/3.MPD?x"},
		"DASH by type":    {[]document.MediaFile{stream("http://m/dash", "application/dash+xml; a=b")}, avail.RenditionMissing, "", "http://m/dash"},
		"by type":         {[]document.MediaFile{stream("http://m/hls", "Application/X-mpegURL; a=b")}, avail.RenditionMissing, "", "http://m/hls"},
		"progressive":     {[]document.MediaFile{progressive, {URL: "http://m/p.m3u8", Delivery: "progressive"}}, "", "", ""},
		"another reason":  {[]document.MediaFile{stream("http://m/1.m3u8", "")}, avail.CategoryBlocked, avail.CategoryBlocked, "http://m/1.m3u8"},
		"run by a player": {[]document.MediaFile{{URL: "http://m/1.m3u8", Delivery: "streaming", API: "VPAID"}}, avail.RenditionMissing, avail.RenditionMissing, ""},
	} {
		ad := Ad{Linear: document.LinearCreative{MediaFiles: c.files}, Reason: c.before}
		ad.Condition()
		if ad.Media.URL != c.url || ad.Reason != c.want || ad.Creative().Streaming != (c.url != "") {
			t.Errorf("%s: %q, reason %q", name, ad.Media.URL, ad.Reason)
		}
	}
}

// TestIdentity is the table of field failure B-57.
func TestIdentity(t *testing.T) {
	universal := func(registry, value string) document.LinearCreative {
		return document.LinearCreative{ID: "c", UniversalIDs: []document.UniversalID{{Registry: registry, Value: value}}}
	}
	long := sha256.Sum256([]byte("universal r " + strings.Repeat("x", 10_000)))
	for name, tc := range map[string]struct {
		linear document.LinearCreative
		media  string
		want   string
	}{
		"universal":           {universal("ad-id.org", "A/B/1"), "http://m/1.mp4", "universal ad-id.org A/B/1"},
		"unknown value":       {universal("ad-id.org", "unknown"), "http://m/1.mp4?x=1", "creative c http://m/1.mp4?x=1"},
		"unknown registry":    {universal("Unknown", "8465"), "http://m/1.mp4", "creative c http://m/1.mp4"},
		"second is known":     {document.LinearCreative{UniversalIDs: []document.UniversalID{{Registry: "unknown", Value: "unknown"}, {Registry: "ad-id.org", Value: "X"}}}, "http://m/1.mp4", "universal ad-id.org X"},
		"place as id, file 1": {document.LinearCreative{ID: "CREATIVE-1"}, "http://m/red.mp4", "creative CREATIVE-1 http://m/red.mp4"},
		"place as id, file 2": {document.LinearCreative{ID: "CREATIVE-1"}, "http://m/blue.mp4", "creative CREATIVE-1 http://m/blue.mp4"},
		"URL":                 {document.LinearCreative{}, "http://m/1.mp4?v=2&cb=123&Token=x&X-Amz-Date=1", "media http://m/1.mp4?v=2&cb=123&Token=x&X-Amz-Date=1"},
		"a long one":          {universal("r", strings.Repeat("x", 10_000)), "http://m/1.mp4", "universal sha256 " + hex.EncodeToString(long[:])},
		"same id, query 1":    {document.LinearCreative{ID: "c"}, "http://m/get?film=1", "creative c http://m/get?film=1"},
		"same id, query 2":    {document.LinearCreative{ID: "c"}, "http://m/get?film=2", "creative c http://m/get?film=2"},
	} {
		if got := identity(&tc.linear, tc.media); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
