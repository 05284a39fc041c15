package lint

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/lint/findings"
	"stitcher/internal/lint/xsd/xsdtest"
	"stitcher/internal/manifest/dash/check/rule"
)

// playMPD lints a stream of DASH in virtual time.
func playMPD(t *testing.T, s *mpdStream, change func(*Options)) (findings.Report, string) {
	t.Helper()
	first := s.answer
	s.answer = func(w http.ResponseWriter, req *http.Request, elapsed time.Duration) bool {
		return first != nil && first(w, req, elapsed) || s.serve(w, req, elapsed)
	}
	return play(t, &s.stream, "/start.mpd", change)
}

// TestCleanMPD: a sound stream is silent, its session is found by its redirect and its
// Location, and each segment is fetched once.
func TestCleanMPD(t *testing.T) {
	for name, s := range map[string]*mpdStream{"timeline": {}, "duration": {nominal: true}} {
		t.Run(name, func(t *testing.T) {
			report, out := playMPD(t, s, nil)
			if report.Violations() > 0 {
				t.Fatalf("a clean stream breaks rules\n%s", out)
			}
			// A minute has thirty new segments beside the first window of six, in
			// two Representations, and three Periods and a half; each has two inits.
			if report.Renditions != 2 || report.Segments < 2*30 || report.Segments > 2*36 || report.Fetched < report.Segments+8 ||
				report.Polls < 55 || report.Discontinuities < 5 || report.Discontinuities > 7 {
				t.Errorf("report %+v\n%s", report, out)
			}
			for path, n := range s.asked {
				if strings.HasSuffix(path, ".m4s") && n != 1 || path == "/start.mpd" && n != 1 {
					t.Errorf("%s was asked for %d times, want once", path, n)
				}
			}
			if !strings.Contains(out, "representation video: video video/mp4 avc1.4d401e\n") || !strings.Contains(out, " 0 violations\n") {
				t.Errorf("printed\n%s", out)
			}
		})
	}
}

// fromMPD changes an MPD once a segment is in it.
func fromMPD(at int64, before, after string) func(string, int64, string) string {
	return func(_ string, edge int64, text string) string {
		if edge < at {
			return text
		}
		return strings.ReplaceAll(text, before, after)
	}
}

// mediaAt changes a segment.
func mediaAt(at string, later, samples int64) func(string, int64, int64) (int64, int64) {
	return func(path string, from, n int64) (int64, int64) {
		if path != at {
			return from, n
		}
		return from + later, n + samples
	}
}

// TestMPDFaults gives the stream one fault each, and expects one rule.
func TestMPDFaults(t *testing.T) {
	const content, ad = "/video/1010.m4s", "/v1/dashsegment/1014/video/2.m4s"
	for name, test := range map[string]struct {
		rule, by string
		stream   mpdStream
	}{
		"Period moves":     {rule.PeriodMoved, "ours", mpdStream{stream: stream{text: fromMPD(1015, `id="a1014" start="PT2028S"`, `id="a1014" start="PT2028.02S"`)}}},
		"file changes":     {rule.SegmentURLChanged, "origin", mpdStream{stream: stream{text: fromMPD(1010, "example/$RepresentationID$/$N", "example/v2/$RepresentationID$/$N")}}},
		"publishTime":      {rule.PublishTimeFell, "", mpdStream{stream: stream{text: fromMPD(1012, `publishTime="2000`, `publishTime="1999`)}}},
		"codecs":           {rule.TwinCodecs, "ours", mpdStream{stream: stream{text: adCodecs}}},
		"relative":         {rule.LocationRelative, "", mpdStream{stream: stream{text: fromMPD(0, "http://origin.example/live.mpd", "/live.mpd")}}},
		"media type":       {RulePlaylistType, "", mpdStream{stream: stream{headers: mpdHeader("Content-Type", "text/xml")}}},
		"cacheable":        {RulePlaylistCacheable, "", mpdStream{stream: stream{headers: mpdHeader("Cache-Control", "max-age=10")}}},
		"no CORS":          {RuleCORSMissing, "", mpdStream{stream: stream{headers: mpdHeader("Access-Control-Allow-Origin", "")}}},
		"stalls":           {rule.UpdateLate, "", mpdStream{stream: stream{edge: stall(1010, 1013)}}},
		"origin is down":   {RulePlaylistUnfetchable, "", mpdStream{stream: stream{answer: mpdOutage}}},
		"ad is missing":    {RuleSegmentUnfetchable, "ours", mpdStream{stream: stream{answer: status(ad, 404, 0)}}},
		"ad is no MP4":     {RuleSegmentMalformed, "ours", mpdStream{stream: stream{answer: garbage(ad)}}},
		"init is no MP4":   {RuleSegmentMalformed, "ours", mpdStream{stream: stream{answer: garbage("/v1/dashsegment/1014/video/init.mp4")}}},
		"media is late":    {RuleSegmentTime, "origin", mpdStream{nominal: false, media: mediaAt("/video/1010.m4s", 20_000, 0)}},
		"media is short":   {RuleSegmentDuration, "ours", mpdStream{media: mediaAt("/v1/dashsegment/1014/video/3.m4s", 0, -2)}},
		"media overlaps":   {RuleSegmentOverlap, "origin", mpdStream{nominal: true, media: mediaAt(content, 0, 4)}},
		"media has a hole": {RuleSegmentGap, "origin", mpdStream{nominal: true, media: mediaAt(content, 0, -4)}},
	} {
		t.Run(name, func(t *testing.T) {
			report, out := playMPD(t, &test.stream, nil)
			found := false
			for _, f := range report.Findings {
				if f.Rule == test.rule {
					found = true
					if f.By != test.by {
						t.Errorf("it is by %q, want %q", f.By, test.by)
					}
				} else if !allowed[test.rule][f.Rule] {
					t.Errorf("%s, too", f)
				}
			}
			if !found {
				t.Errorf("want %s\n%s", test.rule, out)
			}
		})
	}
}

// allowed are the rules that cannot but be broken with another.
var allowed = map[string]map[string]bool{
	RuleSegmentTime:     {RuleSegmentGap: true, RuleSegmentOverlap: true},
	RuleSegmentDuration: {RuleSegmentGap: true, RuleSegmentOverlap: true},
	rule.PeriodMoved:    {rule.PeriodReopened: true, rule.PeriodRemoved: true, rule.SegmentRemoved: true},
}

func adCodecs(_ string, _ int64, text string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(text, "<Period ") {
		if strings.HasPrefix(part, `id="a`) {
			part = strings.ReplaceAll(part, "avc1", "avc3")
		}
		if b.Len() > 0 {
			b.WriteString("<Period ")
		}
		b.WriteString(part)
	}
	return b.String()
}

func mpdHeader(name, value string) func(string, http.Header) {
	return func(path string, h http.Header) {
		if strings.HasSuffix(path, ".mpd") {
			h.Set(name, value)
		}
	}
}

func mpdOutage(w http.ResponseWriter, req *http.Request, elapsed time.Duration) bool {
	return strings.HasSuffix(req.URL.Path, ".mpd") && outage(20*time.Second)(w, req, elapsed)
}

// garbage answers one path with no MP4.
func garbage(path string) func(http.ResponseWriter, *http.Request, time.Duration) bool {
	return func(w http.ResponseWriter, req *http.Request, _ time.Duration) bool {
		if req.URL.Path != path {
			return false
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write([]byte("garbage of more than eight bytes"))
		return true
	}
}

// TestStaticMPD: a film is checked once, and all of its segments are fetched.
func TestStaticMPD(t *testing.T) {
	s := &mpdStream{static: true}
	report, out := playMPD(t, s, nil)
	if report.Violations() > 0 || report.Polls != 1 || report.Segments != 2*streamWindow {
		t.Errorf("%+v\n%s", report, out)
	}
}

// TestSchema validates MPDs with xmllint, if it and the schema are there.
func TestSchema(t *testing.T) {
	schema := xsdtest.MPD(t)
	for name, test := range map[string]struct {
		text func(string, int64, string) string
		want int
	}{
		"valid":   {nil, 0},
		"invalid": {fromMPD(0, "<Location>", "<Location2/><Location>"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &mpdStream{static: true, stream: stream{text: test.text, began: time.Now()}}
			text := s.mpd(streamFirst)
			if s.text != nil {
				text = s.text("", streamFirst, text)
			}
			found := invalid(t.Context(), schema, []byte(text))
			if len(found) != test.want {
				t.Errorf("found %v", found)
			}
			for _, f := range found {
				if f.Rule != RuleMPDInvalid || f.Line == 0 || f.Place == "" || f.Detail == "" {
					t.Errorf("finding %+v", f)
				}
			}
		})
	}
}
