package mediafile

import (
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
)

func TestMedia(t *testing.T) {
	mp4 := func(url string, bitrate int) document.MediaFile {
		return document.MediaFile{URL: url, Type: "video/mp4", Delivery: "progressive", Bitrate: bitrate}
	}
	hls := document.MediaFile{URL: "http://m/a.m3u8", Type: "application/x-mpegURL", Delivery: "streaming", Bitrate: 9000}
	vpaid := document.MediaFile{URL: "http://m/a.js", Type: "application/javascript", API: "VPAID"}
	for name, tc := range map[string]struct {
		mezzanines, files []document.MediaFile
		url               string
		reason            avail.Reason
	}{
		"highest bit rate":              {files: []document.MediaFile{mp4("http://m/1", 500), mp4("http://m/2", 900), mp4("http://m/3", 700)}, url: "http://m/2 http://m/3 http://m/1"},
		"larger picture":                {files: []document.MediaFile{{URL: "http://m/1", Type: "video/mp4", Width: 640, Height: 360}, {URL: "http://m/2", Type: "video/mp4", Width: 1280, Height: 720}}, url: "http://m/2 http://m/1"},
		"first of equals":               {files: []document.MediaFile{mp4("http://m/1", 500), mp4("http://m/2", 500)}, url: "http://m/1 http://m/2"},
		"mezzanine":                     {mezzanines: []document.MediaFile{mp4("http://m/mezz", 0)}, files: []document.MediaFile{mp4("http://m/1", 500)}, url: "http://m/mezz http://m/1"},
		"mezzanine of a strange type":   {mezzanines: []document.MediaFile{{URL: "http://m/mezz.mxf", Type: "application/mxf"}}, files: []document.MediaFile{mp4("http://m/1", 500)}, url: "http://m/mezz.mxf http://m/1"},
		"a mezzanine that is a stream":  {mezzanines: []document.MediaFile{hls}, files: []document.MediaFile{mp4("http://m/1", 500)}, url: "http://m/1 http://m/a.m3u8"},
		"streaming is last":             {files: []document.MediaFile{hls, mp4("http://m/1", 500)}, url: "http://m/1 http://m/a.m3u8"},
		"streaming if there is no more": {files: []document.MediaFile{hls}, url: "http://m/a.m3u8"},
		"streaming called progressive":  {files: []document.MediaFile{{URL: "http://m/a.m3u8", Type: "application/vnd.apple.mpegurl", Delivery: "progressive", Bitrate: 9000}, mp4("http://m/1", 1)}, url: "http://m/1 http://m/a.m3u8"},
		"type from the name":            {files: []document.MediaFile{{URL: "http://m/a.MP4?x=y.js"}}, url: "http://m/a.MP4?x=y.js"},
		"type with parameters":          {files: []document.MediaFile{{URL: "http://m/a", Type: "Video/MP4; codecs=\"avc1\""}}, url: "http://m/a"},
		"space before the parameters":   {files: []document.MediaFile{{URL: "http://m/a", Type: "video/mp4 ; codecs=avc1"}}, url: "http://m/a"},
		"type without a kind":           {files: []document.MediaFile{{URL: "http://m/a.mp4", Type: "mp4"}, {URL: "http://m/a.js", Type: "js"}}, url: "http://m/a.mp4"},
		"VPAID beside a file (B-62)":    {files: []document.MediaFile{vpaid, mp4("http://m/1", 1)}, url: "http://m/1"},
		"VPAID only (B-62)":             {files: []document.MediaFile{vpaid}, reason: avail.FrameworkRequired},
		"SIMID only":                    {files: []document.MediaFile{{URL: "http://m/a", Type: "text/html", API: " simid "}}, reason: avail.FrameworkRequired},
		"a framework as a video":        {files: []document.MediaFile{{URL: "http://m/a.mp4", Type: "video/mp4", API: "VPAID 2.0"}}, reason: avail.FrameworkRequired},
		"a program without framework":   {files: []document.MediaFile{{URL: "http://m/a.swf", Type: "application/x-shockwave-flash"}}, reason: avail.FrameworkRequired},
		"no framework (jwplayer#1543)":  {files: []document.MediaFile{{URL: "http://m/x.flv", Type: "video/x-flv", API: "NONE"}, {URL: "http://m/a.mp4", Type: "video/mp4", API: "NONE"}}, url: "http://m/a.mp4 http://m/x.flv"},
		"a measuring framework":         {files: []document.MediaFile{{URL: "http://m/a.mp4", Type: "video/mp4", API: "OMID"}}, url: "http://m/a.mp4"},
		"an unheard-of framework":       {files: []document.MediaFile{{URL: "http://m/a.mp4", Type: "video/mp4", API: "someAPI"}}, url: "http://m/a.mp4"},
		"Flash video":                   {files: []document.MediaFile{{URL: "http://m/a.flv", Type: "video/x-flv"}}, url: "http://m/a.flv"},
		"sound (fluid-player#279)":      {files: []document.MediaFile{{URL: "http://m/a.mp3", Type: "audio/mpeg"}}, url: "http://m/a.mp3"},
		"types are hints": {files: []document.MediaFile{
			{URL: "http://m/1", Type: "image/gif", Bitrate: 9000}, {URL: "http://m/2", Type: "audio/mp3", Bitrate: 9000},
			{URL: "http://m/3", Type: "video/mpeg", Bitrate: 100}, {URL: "http://m/4"}, {URL: "http://m/5", Type: "audio/mp4", Bitrate: 9000},
			{URL: "http://m/6", Type: "video/x-mp4", Bitrate: 200}, {URL: "http://m/7", Type: "video/mp4"},
		}, url: "http://m/7 http://m/5 http://m/6 http://m/3 http://m/4 http://m/2 http://m/1"},
		"a file twice":                 {files: []document.MediaFile{mp4("http://m/1", 500), mp4("http://m/1", 900)}, url: "http://m/1"},
		"no file":                      {reason: avail.RenditionMissing},
		"broken URL":                   {files: []document.MediaFile{mp4("https:/m/1", 1)}, reason: avail.CreativeUnfetchable},
		"local file":                   {files: []document.MediaFile{mp4("file:///etc/passwd", 1)}, reason: avail.CreativeUnfetchable},
		"broken URL beside a good one": {files: []document.MediaFile{mp4("", 900), mp4("http://m/1", 1)}, url: "http://m/1"},
	} {
		l := document.LinearCreative{Mezzanines: tc.mezzanines, MediaFiles: tc.files}
		files, reason := Candidates(&l)
		var urls []string
		for _, f := range files {
			urls = append(urls, f.URL)
		}
		if got := strings.Join(urls, " "); got != tc.url || reason != tc.reason {
			t.Errorf("%s: %q, %q; want %q, %q", name, got, reason, tc.url, tc.reason)
		}
	}
}
