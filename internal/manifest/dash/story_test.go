package dash

import (
	"flag"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"stitcher/internal/avail"
	"stitcher/internal/lint/xsd/xsdtest"
	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/check/rule"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/quantity"
)

var rewrite = flag.Bool("update", false, "rewrite what the stories in testdata want")

// TestStories reads MPDs and writes them from plans. A story has the file origin.mpd,
// perhaps options before it, and then wants: a timeline, or a plan and the MPD that is
// written from it. Times are in seconds from the beginning of the timeline. The first
// line of its comment names what it pins.
func TestStories(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d stories: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			story, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s := &teller{o: presentation.Options{Base: &url.URL{Scheme: "https", Host: "origin.example", Path: "/live/m.mpd"}}}
			for i := range story.Files {
				s.file(t, story, &story.Files[i])
			}
			if *rewrite {
				if err := os.WriteFile(name, txtar.Format(story), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if filepath.Base(filepath.Dir(name)) == "splice" {
				t.Run("valid", s.valid)
			}
		})
	}
}

// unheld are the rules that stories break on purpose: their ads do not fill the breaks,
// and have no renditions for some sets.
var unheld = map[string]bool{rule.TailMissing: true, rule.TrackMissing: true, rule.TrickInSome: true}

type teller struct {
	o      presentation.Options
	tpl    *Template
	origin string
	now    int64
	got    string
	// origins and written are the MPDs of a story, for each that was written its origin's.
	origins, written [][]byte
}

// valid holds that what was written is valid by the schema wherever the origin's MPD is.
func (s *teller) valid(t *testing.T) {
	schema := xsdtest.MPD(t)
	theirs, err := schema.Check(t.Context(), s.origins...)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := schema.Check(t.Context(), s.written...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range ours {
		if theirs[i] == nil && ours[i] != nil {
			t.Errorf("%v\n%s", ours[i], s.written[i])
		}
		if theirs[i] != nil {
			t.Logf("the origin's MPD is not valid: %v", theirs[i])
		}
	}
}

func (s *teller) file(t *testing.T, story *txtar.Archive, f *txtar.File) {
	text := string(f.Data)
	switch {
	case f.Name == "options":
		s.options(text)
	case strings.HasPrefix(f.Name, "origin"):
		var err error
		if s.tpl, err = Compile([]byte(text), s.o); err != nil {
			t.Fatal(err)
		}
		s.origin = text
	case strings.HasPrefix(f.Name, "plan"):
		p := s.plan(t, text)
		v := s.tpl.At(p.Now)
		s.got = string(v.Append(nil, p))
		s.origins, s.written = append(s.origins, []byte(s.origin)), append(s.written, []byte(s.got))
		if again, err := Compile([]byte(s.got), presentation.Options{Base: s.o.Base}); err != nil {
			t.Errorf("what is written cannot be read: %v\n%s", err, s.got)
		} else {
			lawful(t, again)
		}
		var audit checkAudit
		for _, law := range audit.next(p.Now, s.origin, s.got) {
			rule, _, _ := strings.Cut(law, " ")
			if !unheld[rule] {
				t.Error(f.Name, law)
			}
		}
	default:
		if strings.HasPrefix(f.Name, "timeline") {
			if _, at, ok := strings.Cut(f.Name, " "); ok {
				s.now = s.tpl.Origin + seconds(at)
			}
			s.got = describe(s.tpl.At(s.now))
		}
		if *rewrite {
			f.Data = []byte(s.got)
		} else if s.got != text {
			t.Errorf("%s%s is\n%s\nwant\n%s", story.Comment, f.Name, s.got, text)
		}
	}
}

func (s *teller) options(text string) {
	for line := range strings.Lines(text) {
		switch w := strings.Fields(line); w[0] {
		case "passthrough":
			s.o.Passthrough = true
		case "single":
			s.o.SinglePeriod = true
		case "query":
			s.o.Query = w[1]
		case "prefix":
			s.o.ContentFrom, s.o.ContentTo = w[1], w[2]
		}
	}
}

func seconds(s string) int64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return int64(math.Round(f * 1e6))
}

// plan reads "now 40", "id x", "location u", "clock u", "published 2026-…", "until 30",
// "later 10" (the clock of
// the ad's media, which begins 20 ms early), "break id start return" (return "-" while open), "item start segments", and "tracks
// v=v0 a=a0" for the items after it.
func (s *teller) plan(t *testing.T, text string) *Plan {
	p := &Plan{Now: s.now}
	tracks := map[string]string{}
	asset := testAsset()
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		switch w[0] {
		case "now":
			p.Now = s.tpl.Origin + seconds(w[1])
		case "id":
			p.ID = w[1]
		case "location":
			p.Location = w[1]
		case "clock":
			p.Clock = w[1]
		case "published":
			var err error
			if p.Published, err = quantity.ParseDate(w[1]); err != nil {
				t.Fatal(err)
			}
		case "later":
			for i := range asset.Renditions {
				r := &asset.Renditions[i]
				r.Start = seconds(w[1]) / 1000 * r.Timescale / 1000
				r.Offset = r.Start + r.Timescale/50
			}
		case "until":
			p.Until = s.tpl.Origin + seconds(w[1])
		case "break":
			b := Break{ID: w[1], Start: s.tpl.Origin + seconds(w[2]), Return: -1}
			if w[3] != "-" {
				b.Return = s.tpl.Origin + seconds(w[3])
			}
			p.Breaks = append(p.Breaks, b)
		case "tracks":
			tracks = map[string]string{}
			for _, pair := range w[1:] {
				id, name, _ := strings.Cut(pair, "=")
				tracks[id] = name
			}
		case "item":
			n, err := strconv.Atoi(w[2])
			if err != nil {
				t.Fatal(err)
			}
			b := &p.Breaks[len(p.Breaks)-1]
			b.Items = append(b.Items, Item{
				Start: s.tpl.Origin + seconds(w[1]), Segments: n, Asset: asset, Tracks: tracks,
				Media: "https://ads.example/v1/dashsegment/h/c/s/" + b.ID + "/" + strconv.Itoa(len(b.Items)+1),
			})
		default:
			t.Fatalf("no plan: %q", line)
		}
	}
	return p
}

// testAsset is an ad of 5 s: three segments of 2, 2 and 1 second.
func testAsset() *avail.Asset {
	segments := func(ext string, ticks ...int64) (out []avail.AssetSegment) {
		for i, d := range []int64{2_000_000, 2_000_000, 1_000_000} {
			out = append(out, avail.AssetSegment{Name: fmt.Sprintf("%d.%s", i, ext), Duration: d, Ticks: ticks[i]})
		}
		return out
	}
	return &avail.Asset{ID: "ad", Duration: 5_000_000, Renditions: []avail.AssetRendition{
		{Name: "v0", Init: "v0.mp4", Codecs: "avc1.64001f", Bandwidth: 900_000, Width: 640, Height: 360, FrameRate: avail.Ratio{Num: 25, Den: 1}, Timescale: 90_000, Segments: segments("m4s", 180_000, 180_000, 90_000)},
		{Name: "a0", Init: "a0.mp4", Codecs: "mp4a.40.2", Bandwidth: 96_000, SampleRate: 48_000, Channels: 2, Timescale: 48_000, Segments: segments("m4s", 96_256, 95_232, 48_128)},
		{Name: "t0", Init: "t0.mp4", Codecs: "wvtt", Bandwidth: 200, Timescale: 1000, Segments: segments("m4s", 2000, 2000, 1000)},
	}}
}

// describe is a timeline as stories want it.
func describe(v *View) string {
	var b strings.Builder
	offset := func(us int64) string { return strconv.FormatFloat(float64(us)/1e6, 'f', -1, 64) }
	fmt.Fprintf(&b, "ended %v, target %s, delay %s\n", v.Ended, offset(v.TargetDuration), offset(v.LiveDelay))
	for i := range v.Segments {
		s := &v.Segments[i]
		fmt.Fprintf(&b, "%s + %s", offset(s.Time-v.Origin), offset(s.Duration))
		for k := range s.Signals {
			sig := &s.Signals[k]
			kind := map[manifest.SignalKind]string{manifest.Out: "out", manifest.In: "in", manifest.Cont: "cont", manifest.Overlay: "overlay", manifest.OverlayEnd: "overlay end"}[sig.Kind]
			fmt.Fprintf(&b, " [%s %q", kind, sig.EventID)
			if sig.Duration > 0 {
				fmt.Fprintf(&b, " of %s", offset(sig.Duration))
			}
			if sig.Kind == manifest.Cont {
				fmt.Fprintf(&b, " at %s", offset(sig.Elapsed))
			}
			if sig.Type != 0 {
				fmt.Fprintf(&b, " type %#x", uint8(sig.Type))
			}
			if sig.Bounded {
				b.WriteString(" bounded")
			}
			if sig.Cue != "" {
				b.WriteString(" cue " + sig.Cue)
			}
			b.WriteByte(']')
		}
		b.WriteByte('\n')
	}
	for _, u := range v.Unread {
		fmt.Fprintf(&b, "unread before %d: %s\n", u.Segment, u.Line)
	}
	return b.String()
}

func lawful(t *testing.T, tpl *Template) {
	t.Helper()
	for _, law := range broken(tpl) {
		t.Error(law)
	}
}

// broken are the laws that an MPD breaks, of those that one alone can break: ids are
// there once, no Period without sound and picture (P4), no Representation without
// segments (P5), the first segment reaches to the start of its Period or beyond it, and
// the last but one ends before the Period does (P8, P12).
func broken(tpl *Template) (laws []string) {
	ids := map[string]bool{}
	for i := range tpl.Periods {
		p := &tpl.Periods[i]
		if p.Early {
			continue
		}
		law := func(format string, args ...any) {
			laws = append(laws, fmt.Sprintf("Period %q: ", p.ID)+fmt.Sprintf(format, args...))
		}
		if p.ID != "" && ids[p.ID] {
			law("stands there twice")
		}
		ids[p.ID] = true
		kinds := map[string]bool{}
		for k := range p.Sets {
			s := &p.Sets[k]
			kinds[s.Kind] = true
			for j := range s.Reps {
				a := s.Reps[j].Address
				if a.File() {
					continue
				}
				if !a.Lists() {
					law("Representation %q has no segment", s.Reps[j].Track.ID)
					continue
				}
				if end := a.Time(1); end <= p.From() && !strings.Contains(s.Kind, "text") {
					law("first segment of %q ends at %d, before the Period begins at %d", s.Reps[j].Track.ID, end, p.From())
				}
				if begin := a.Time(a.Count() - 1); !a.Open() && begin >= p.Until() {
					law("last segment of %q begins at %d, after the Period ends at %d", s.Reps[j].Track.ID, begin, p.Until())
				}
			}
		}
		if !kinds["video"] && !kinds["audio"] {
			law("neither sound nor picture")
		}
	}
	return laws
}
