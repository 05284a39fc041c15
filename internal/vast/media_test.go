package vast

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"stitcher/internal/avail"
)

func TestMedia(t *testing.T) {
	mp4 := func(url string, bitrate int) MediaFile {
		return MediaFile{URL: url, Type: "video/mp4", Delivery: "progressive", Bitrate: bitrate}
	}
	hls := MediaFile{URL: "http://m/a.m3u8", Type: "application/x-mpegURL", Delivery: "streaming", Bitrate: 9000}
	vpaid := MediaFile{URL: "http://m/a.js", Type: "application/javascript", API: "VPAID"}
	for name, tc := range map[string]struct {
		mezzanines, files []MediaFile
		url               string
		reason            avail.Reason
	}{
		"highest bit rate":              {files: []MediaFile{mp4("http://m/1", 500), mp4("http://m/2", 900), mp4("http://m/3", 700)}, url: "http://m/2 http://m/3 http://m/1"},
		"larger picture":                {files: []MediaFile{{URL: "http://m/1", Type: "video/mp4", Width: 640, Height: 360}, {URL: "http://m/2", Type: "video/mp4", Width: 1280, Height: 720}}, url: "http://m/2 http://m/1"},
		"first of equals":               {files: []MediaFile{mp4("http://m/1", 500), mp4("http://m/2", 500)}, url: "http://m/1 http://m/2"},
		"mezzanine":                     {mezzanines: []MediaFile{mp4("http://m/mezz", 0)}, files: []MediaFile{mp4("http://m/1", 500)}, url: "http://m/mezz http://m/1"},
		"mezzanine of a strange type":   {mezzanines: []MediaFile{{URL: "http://m/mezz.mxf", Type: "application/mxf"}}, files: []MediaFile{mp4("http://m/1", 500)}, url: "http://m/mezz.mxf http://m/1"},
		"a mezzanine that is a stream":  {mezzanines: []MediaFile{hls}, files: []MediaFile{mp4("http://m/1", 500)}, url: "http://m/1 http://m/a.m3u8"},
		"streaming is last":             {files: []MediaFile{hls, mp4("http://m/1", 500)}, url: "http://m/1 http://m/a.m3u8"},
		"streaming if there is no more": {files: []MediaFile{hls}, url: "http://m/a.m3u8"},
		"streaming called progressive":  {files: []MediaFile{{URL: "http://m/a.m3u8", Type: "application/vnd.apple.mpegurl", Delivery: "progressive", Bitrate: 9000}, mp4("http://m/1", 1)}, url: "http://m/1 http://m/a.m3u8"},
		"type from the name":            {files: []MediaFile{{URL: "http://m/a.MP4?x=y.js"}}, url: "http://m/a.MP4?x=y.js"},
		"type with parameters":          {files: []MediaFile{{URL: "http://m/a", Type: "Video/MP4; codecs=\"avc1\""}}, url: "http://m/a"},
		"space before the parameters":   {files: []MediaFile{{URL: "http://m/a", Type: "video/mp4 ; codecs=avc1"}}, url: "http://m/a"},
		"type without a kind":           {files: []MediaFile{{URL: "http://m/a.mp4", Type: "mp4"}, {URL: "http://m/a.js", Type: "js"}}, url: "http://m/a.mp4"},
		"VPAID beside a file (B-62)":    {files: []MediaFile{vpaid, mp4("http://m/1", 1)}, url: "http://m/1"},
		"VPAID only (B-62)":             {files: []MediaFile{vpaid}, reason: avail.FrameworkRequired},
		"SIMID only":                    {files: []MediaFile{{URL: "http://m/a", Type: "text/html", API: " simid "}}, reason: avail.FrameworkRequired},
		"a framework as a video":        {files: []MediaFile{{URL: "http://m/a.mp4", Type: "video/mp4", API: "VPAID 2.0"}}, reason: avail.FrameworkRequired},
		"a program without framework":   {files: []MediaFile{{URL: "http://m/a.swf", Type: "application/x-shockwave-flash"}}, reason: avail.FrameworkRequired},
		"no framework (jwplayer#1543)":  {files: []MediaFile{{URL: "http://m/x.flv", Type: "video/x-flv", API: "NONE"}, {URL: "http://m/a.mp4", Type: "video/mp4", API: "NONE"}}, url: "http://m/a.mp4 http://m/x.flv"},
		"a measuring framework":         {files: []MediaFile{{URL: "http://m/a.mp4", Type: "video/mp4", API: "OMID"}}, url: "http://m/a.mp4"},
		"an unheard-of framework":       {files: []MediaFile{{URL: "http://m/a.mp4", Type: "video/mp4", API: "someAPI"}}, url: "http://m/a.mp4"},
		"Flash video":                   {files: []MediaFile{{URL: "http://m/a.flv", Type: "video/x-flv"}}, url: "http://m/a.flv"},
		"sound (fluid-player#279)":      {files: []MediaFile{{URL: "http://m/a.mp3", Type: "audio/mpeg"}}, url: "http://m/a.mp3"},
		"types are hints": {files: []MediaFile{
			{URL: "http://m/1", Type: "image/gif", Bitrate: 9000}, {URL: "http://m/2", Type: "audio/mp3", Bitrate: 9000},
			{URL: "http://m/3", Type: "video/mpeg", Bitrate: 100}, {URL: "http://m/4"}, {URL: "http://m/5", Type: "audio/mp4", Bitrate: 9000},
			{URL: "http://m/6", Type: "video/x-mp4", Bitrate: 200}, {URL: "http://m/7", Type: "video/mp4"},
		}, url: "http://m/7 http://m/5 http://m/6 http://m/3 http://m/4 http://m/2 http://m/1"},
		"a file twice":                 {files: []MediaFile{mp4("http://m/1", 500), mp4("http://m/1", 900)}, url: "http://m/1"},
		"no file":                      {reason: avail.RenditionMissing},
		"broken URL":                   {files: []MediaFile{mp4("https:/m/1", 1)}, reason: avail.CreativeUnfetchable},
		"local file":                   {files: []MediaFile{mp4("file:///etc/passwd", 1)}, reason: avail.CreativeUnfetchable},
		"broken URL beside a good one": {files: []MediaFile{mp4("", 900), mp4("http://m/1", 1)}, url: "http://m/1"},
	} {
		l := LinearCreative{Mezzanines: tc.mezzanines, MediaFiles: tc.files}
		files, reason := l.files()
		var urls []string
		for _, f := range files {
			urls = append(urls, f.URL)
		}
		if got := strings.Join(urls, " "); got != tc.url || reason != tc.reason {
			t.Errorf("%s: %q, %q; want %q, %q", name, got, reason, tc.url, tc.reason)
		}
	}
}

// TestCondition: under conditioning NONE the first streaming HLS file of the
// document is shown as it is.
func TestCondition(t *testing.T) {
	stream := func(url, kind string) MediaFile { return MediaFile{URL: url, Delivery: "streaming", Type: kind} }
	progressive := MediaFile{URL: "http://m/a.mp4", Delivery: "progressive"}
	for name, c := range map[string]struct {
		files        []MediaFile
		before, want avail.Reason
		url          string
	}{
		"by name":         {[]MediaFile{progressive, stream("file:///etc/a.m3u8", ""), stream("http://m/3.mpd", ""), stream("http://m/1.M3U8?x", "")}, "", "", "http://m/1.M3U8?x"},
		"by type":         {[]MediaFile{stream("http://m/hls", "Application/X-mpegURL; a=b")}, avail.RenditionMissing, "", "http://m/hls"},
		"progressive":     {[]MediaFile{progressive, {URL: "http://m/p.m3u8", Delivery: "progressive"}}, "", "", ""},
		"another reason":  {[]MediaFile{stream("http://m/1.m3u8", "")}, avail.CategoryBlocked, avail.CategoryBlocked, "http://m/1.m3u8"},
		"run by a player": {[]MediaFile{{URL: "http://m/1.m3u8", Delivery: "streaming", API: "VPAID"}}, avail.RenditionMissing, avail.RenditionMissing, ""},
	} {
		ad := Ad{Linear: LinearCreative{MediaFiles: c.files}, Reason: c.before}
		ad.Condition()
		if ad.Media.URL != c.url || ad.Reason != c.want || ad.Creative().Streaming != (c.url != "") {
			t.Errorf("%s: %q, reason %q", name, ad.Media.URL, ad.Reason)
		}
	}
}

// TestIdentity is the table of field failure B-57.
func TestIdentity(t *testing.T) {
	universal := func(registry, value string) LinearCreative {
		return LinearCreative{ID: "c", UniversalIDs: []UniversalID{{registry, value}}}
	}
	long := sha256.Sum256([]byte("universal r " + strings.Repeat("x", 10_000)))
	for name, tc := range map[string]struct {
		linear LinearCreative
		media  string
		want   string
	}{
		"universal":           {universal("ad-id.org", "A/B/1"), "http://m/1.mp4", "universal ad-id.org A/B/1"},
		"unknown value":       {universal("ad-id.org", "unknown"), "http://m/1.mp4?x=1", "creative c http://m/1.mp4?x=1"},
		"unknown registry":    {universal("Unknown", "8465"), "http://m/1.mp4", "creative c http://m/1.mp4"},
		"second is known":     {LinearCreative{UniversalIDs: []UniversalID{{"unknown", "unknown"}, {"ad-id.org", "X"}}}, "http://m/1.mp4", "universal ad-id.org X"},
		"place as id, file 1": {LinearCreative{ID: "CREATIVE-1"}, "http://m/red.mp4", "creative CREATIVE-1 http://m/red.mp4"},
		"place as id, file 2": {LinearCreative{ID: "CREATIVE-1"}, "http://m/blue.mp4", "creative CREATIVE-1 http://m/blue.mp4"},
		"URL":                 {LinearCreative{}, "http://m/1.mp4?v=2&cb=123&Token=x&X-Amz-Date=1", "media http://m/1.mp4?v=2&cb=123&Token=x&X-Amz-Date=1"},
		"a long one":          {universal("r", strings.Repeat("x", 10_000)), "http://m/1.mp4", "universal sha256 " + hex.EncodeToString(long[:])},
		"same id, query 1":    {LinearCreative{ID: "c"}, "http://m/get?film=1", "creative c http://m/get?film=1"},
		"same id, query 2":    {LinearCreative{ID: "c"}, "http://m/get?film=2", "creative c http://m/get?film=2"},
	} {
		if got := identity(&tc.linear, tc.media); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestLongLinks: a URL that no server reads is none, and what has it does without.
func TestLongLinks(t *testing.T) {
	for n, want := range map[int]int{maxLink: maxLink, maxLink + 1: 0} {
		long := "http://m/" + strings.Repeat("x", n-len("http://m/"))
		if got := len(link(long)); got != want {
			t.Errorf("%d bytes became %d, want %d", n, got, want)
		}
	}
}
