package lint

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/lint/findings"
	"stitcher/internal/manifest/hls/check/rule"
)

// play lints a stream in virtual time and returns the report and what was
// printed.
func play(t *testing.T, s *stream, path string, change func(*Options)) (findings.Report, string) {
	t.Helper()
	var out strings.Builder
	var report findings.Report
	synctest.Test(t, func(t *testing.T) {
		o := Options{URL: "http://origin.example" + path, Client: s.client()}
		if change != nil {
			change(&o)
		}
		var err error
		if report, err = Run(t.Context(), o, &out); err != nil {
			t.Fatal(err)
		}
	})
	return report, out.String()
}

func TestCleanStream(t *testing.T) {
	s := &stream{}
	report, out := play(t, s, "/multi.m3u8", nil)
	if report.Violations() > 0 {
		t.Fatalf("a clean stream breaks rules\n%s", out)
	}
	// A minute has thirty new segments beside the first window of six, in two
	// renditions, and four tags in ten.
	if report.Renditions != 2 || report.Segments < 2*34 || report.Segments > 2*36 || report.Fetched != report.Segments ||
		report.Polls < 100 || report.Discontinuities < 26 || report.Discontinuities > 30 {
		t.Errorf("report %+v\n%s", report, out)
	}
	for path, n := range s.asked {
		if strings.HasSuffix(path, ".ts") && n != 1 {
			t.Errorf("%s was asked for %d times, want once", path, n)
		}
	}
	if !strings.Contains(out, "rendition 0: video-640x360  http://origin.example/video.m3u8\nrendition 1: audio-en ") ||
		!strings.Contains(out, " 0 violations\n") {
		t.Errorf("printed\n%s", out)
	}
}

// from changes a playlist once a segment is in it.
func from(at int64, before, after string) func(string, int64, string) string {
	return func(path string, edge int64, text string) string {
		if edge < at || !strings.HasSuffix(path, ".m3u8") || path == "/multi.m3u8" {
			return text
		}
		return strings.Replace(text, before, after, 1)
	}
}

// TestFaults gives the stream one fault each, and expects one rule.
func TestFaults(t *testing.T) {
	for name, test := range map[string]struct {
		rule, by string
		stream   stream
		path     string
	}{
		"header":           {rule.HeaderMissing, "", stream{text: from(0, "#EXTM3U", "#EXTM3U8")}, "/multi.m3u8"},
		"restart":          {rule.MediaSequenceFell, "", stream{edge: backAt(1010, 50)}, "/video.m3u8"},
		"target grows":     {rule.TargetDurationChanged, "", stream{text: from(1010, "DURATION:2", "DURATION:3")}, "/video.m3u8"},
		"file changes":     {rule.URIChanged, "origin", stream{text: from(1010, "1008.ts", "2008.ts")}, "/multi.m3u8"},
		"ad file changes":  {rule.URIChanged, "ours", stream{text: from(1010, "ad1006.ts", "ad2006.ts")}, "/multi.m3u8"},
		"tag uncounted":    {rule.DiscontinuitySequenceStep, "origin", stream{text: from(1010, "SEQUENCE:42\n", "SEQUENCE:41\n")}, "/video.m3u8"},
		"ad sliver":        {rule.SegmentTooShort, "ours", stream{text: from(1006, "2.000,\n/v1/segment/video-ad1006.ts", "0.400,\n/v1/segment/video-ad1006.ts")}, "/multi.m3u8"},
		"stalls":           {rule.UpdateLate, "", stream{edge: stall(1010, 1012)}, "/multi.m3u8"},
		"codecs":           {rule.CodecsMissing, "", stream{text: multi(`CODECS="avc1.4d401e,mp4a.40.2",`, "")}, "/multi.m3u8"},
		"group":            {rule.GroupMissing, "", stream{text: multi(`AUDIO="a"`, `AUDIO="b"`)}, "/multi.m3u8"},
		"target differs":   {rule.TargetDurationDiffers, "", stream{text: audio("DURATION:2", "DURATION:3")}, "/multi.m3u8"},
		"numbers differ":   {rule.DiscontinuityDiffers, "", stream{text: audio("DISCONTINUITY-SEQUENCE:", "DISCONTINUITY-SEQUENCE:1")}, "/multi.m3u8"},
		"media type":       {RulePlaylistType, "", stream{headers: header("Content-Type", "text/plain")}, "/multi.m3u8"},
		"cacheable":        {RulePlaylistCacheable, "", stream{headers: header("Cache-Control", "max-age=10")}, "/multi.m3u8"},
		"no CORS":          {RuleCORSMissing, "", stream{headers: header("Access-Control-Allow-Origin", "")}, "/multi.m3u8"},
		"ad is missing":    {RuleSegmentUnfetchable, "ours", stream{answer: status("/v1/segment/video-ad1015.ts", 404, 0)}, "/multi.m3u8"},
		"ad is empty":      {RuleSegmentUnfetchable, "ours", stream{answer: status("/v1/segment/video-ad1015.ts", 200, 0)}, "/multi.m3u8"},
		"audio is missing": {RulePlaylistUnfetchable, "", stream{answer: status("/audio.m3u8", 404, 0)}, "/multi.m3u8"},
		"origin is down":   {RulePlaylistUnfetchable, "", stream{answer: outage(20 * time.Second)}, "/multi.m3u8"},
	} {
		t.Run(name, func(t *testing.T) {
			report, out := play(t, &test.stream, test.path, nil)
			rules := map[string]bool{}
			by := ""
			for _, f := range report.Findings {
				rules[f.Rule] = true
				by = f.By
			}
			if len(rules) != 1 || !rules[test.rule] || by != test.by {
				t.Errorf("want %s by %q alone\n%s", test.rule, test.by, out)
			}
		})
	}
}

// backAt starts the numbers again once.
func backAt(at, by int64) func(string, int64) int64 {
	return func(_ string, edge int64) int64 {
		if edge >= at {
			return edge - by
		}
		return edge
	}
}

// stall publishes nothing between two segments' times.
func stall(from, to int64) func(string, int64) int64 {
	return func(_ string, edge int64) int64 {
		if edge > from && edge <= to {
			return from
		}
		return edge
	}
}

func multi(before, after string) func(string, int64, string) string {
	return func(path string, _ int64, text string) string {
		if path == "/multi.m3u8" {
			return strings.Replace(text, before, after, 1)
		}
		return text
	}
}

func audio(before, after string) func(string, int64, string) string {
	return func(path string, _ int64, text string) string {
		if path == "/audio.m3u8" {
			return strings.Replace(text, before, after, 1)
		}
		return text
	}
}

func header(name, value string) func(string, http.Header) {
	return func(path string, h http.Header) {
		if path == "/video.m3u8" {
			h.Set(name, value)
		}
	}
}

// status answers one path with a status and no body.
func status(path string, code int, from time.Duration) func(http.ResponseWriter, *http.Request, time.Duration) bool {
	return func(w http.ResponseWriter, req *http.Request, elapsed time.Duration) bool {
		if req.URL.Path != path || elapsed < from {
			return false
		}
		w.WriteHeader(code)
		return true
	}
}

// outage fails two polls or so.
func outage(at time.Duration) func(http.ResponseWriter, *http.Request, time.Duration) bool {
	return func(w http.ResponseWriter, _ *http.Request, elapsed time.Duration) bool {
		if elapsed < at || elapsed > at+1500*time.Millisecond {
			return false
		}
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
}

// The origin may make short segments; only a stitcher promises not to.
func TestShortOriginSegment(t *testing.T) {
	s := &stream{text: from(0, "#EXTINF:2.000", "#EXTINF:0.400")}
	report, out := play(t, s, "/video.m3u8", func(o *Options) {
		o.Origin = func(string) bool { return true }
		o.For = time.Second
	})
	for _, f := range report.Findings {
		if f.Rule == rule.SegmentTooShort {
			t.Errorf("the origin's short segment is counted\n%s", out)
		}
	}
}

// A DATERANGE announced between the polls of two renditions is no difference;
// one that stays away is.
func TestDateRangeBetweenPolls(t *testing.T) {
	const tag = "#EXT-X-DATERANGE:ID=\"%s\",START-DATE=\"2026-01-01T00:33:%02dZ\"\n#EXT-X-PROGRAM-DATE-TIME:"
	for name, ids := range map[string][2]string{"late": {"x", "x"}, "missing": {"x", "y"}} {
		s := &stream{}
		s.text = func(path string, edge int64, text string) string {
			id := ids[0]
			if path == "/audio.m3u8" {
				id = ids[1]
			}
			if edge < 1010 || edge > 1012 || path == "/audio.m3u8" && time.Since(s.began) < 20500*time.Millisecond {
				return strings.Replace(text, "#EXT-X-PROGRAM-DATE-TIME:", fmt.Sprintf(tag, "always", 20), 1)
			}
			text = strings.Replace(text, "#EXT-X-PROGRAM-DATE-TIME:", fmt.Sprintf(tag, "always", 20), 1)
			return strings.Replace(text, "#EXT-X-PROGRAM-DATE-TIME:", fmt.Sprintf(tag, id, 38), 1)
		}
		report, out := play(t, s, "/multi.m3u8", func(o *Options) { o.For = 25 * time.Second })
		differs := false
		for _, f := range report.Findings {
			differs = differs || f.Rule == rule.DateRangeDiffers
		}
		if differs != (name == "missing") {
			t.Errorf("%s: differs %t\n%s", name, differs, out)
		}
	}
}

func TestEndedStream(t *testing.T) {
	s := &stream{ended: true}
	report, out := play(t, s, "/video.m3u8", nil)
	if report.Violations() > 0 || report.Polls != 1 || report.Segments != 6 || report.Fetched != 6 {
		t.Errorf("%+v\n%s", report, out)
	}
}

func TestRedirects(t *testing.T) {
	s := &stream{}
	s.answer = func(w http.ResponseWriter, req *http.Request, _ time.Duration) bool {
		if req.URL.Path != "/start/channel.m3u8" {
			return false
		}
		http.Redirect(w, req, "/multi.m3u8", http.StatusFound)
		return true
	}
	report, out := play(t, s, "/start/channel.m3u8", func(o *Options) { o.For = 5 * time.Second })
	if report.Violations() > 0 || report.Renditions != 2 || s.asked["/video.m3u8"] == 0 {
		t.Errorf("%+v\n%s", report, out)
	}
}

func TestSkipSegments(t *testing.T) {
	s := &stream{}
	report, _ := play(t, s, "/video.m3u8", func(o *Options) { o.SkipSegments, o.For, o.Interval = true, 5*time.Second, 500*time.Millisecond })
	if report.Fetched != 0 || report.Polls < 9 || report.Renditions != 1 {
		t.Errorf("%+v", report)
	}
}

func TestNothingToPlay(t *testing.T) {
	body := map[string]string{
		"/a.mpd": `<?xml version="1.0"?><MPD/>`,
		"/b":     "hello",
		"/c":     "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n",
	}
	s := &stream{}
	s.answer = func(w http.ResponseWriter, req *http.Request, _ time.Duration) bool {
		if text, ok := body[req.URL.Path]; ok {
			fmt.Fprint(w, text)
		} else {
			w.WriteHeader(http.StatusNotFound)
		}
		return true
	}
	for address, want := range map[string]error{
		"http://origin.example/a.mpd": ErrNotPlaylist,
		"http://origin.example/b":     ErrNotPlaylist,
		"http://origin.example/c":     ErrNotPlaylist,
		"http://origin.example/none":  nil,
		"file:///etc/passwd":          nil,
		"::":                          nil,
	} {
		var out strings.Builder
		_, err := Run(context.Background(), Options{URL: address, Client: s.client()}, &out)
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", address, err, want)
		}
	}
}
