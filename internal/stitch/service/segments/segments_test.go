package segments

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/origin/manifests/manifeststest"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/service/answers"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// playlist is a window of ten segments that ends about now.
func playlist() []byte {
	var text strings.Builder
	text.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:100\n")
	for n := range 10 {
		at := time.Now().Add(time.Duration(4*n-40) * time.Second).UTC()
		fmt.Fprintf(&text, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4.000,\nsegment%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), n)
	}
	return []byte(text.String())
}

// mpd is a film of 40 s.
const mpd = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT40S" minBufferTime="PT2S" profiles="urn:mpeg:dash:profile:isoff-live:2011">
<Period id="1"><AdaptationSet mimeType="video/mp4" contentType="video"><SegmentTemplate timescale="1" duration="4" startNumber="1" media="$Number$.m4s" initialization="init.mp4"/>
<Representation id="v" codecs="avc1.64001f" bandwidth="1000000" width="640" height="360"/></AdaptationSet></Period></MPD>`

// undecided decides nothing.
type undecided struct{}

func (undecided) Decide(stitch.DecisionRequest, func(avail.Decision)) {}

// shelf has one asset.
type shelf struct{}

func (shelf) Asset(context.Context, string) (*avail.Asset, error) {
	return &avail.Asset{ID: "ad", Duration: 4_000_000, Renditions: []avail.AssetRendition{
		{Name: "v0", Segments: []avail.AssetSegment{{Name: "1.m4s", Duration: 4_000_000}}},
	}}, nil
}

// away is a store of which nothing can be read.
type away struct{ store.Facts }

func (away) Since(context.Context, string, int64) ([]avail.Fact, int64, error) {
	return nil, 0, store.ErrUnavailable
}

// finder is a Finder, and a session whose records are facts.
func finder(t *testing.T, shared, dash bool, facts store.Facts) (*Finder, *placing.Subject) {
	t.Helper()
	o := manifeststest.NewFiles(map[string][]byte{"v.m3u8": playlist(), "v.mpd": []byte(mpd)})
	m, err := manifests.New(manifests.Options{
		Fetcher: o, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 100, Now: time.Now, Metrics: manifests.NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	stream, err := ledger.Open(t.Context(), memory.NewFacts(time.Now), "c", ledger.Options{Maximum: 300e6, Shared: shared})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	play, err := stitch.New(&stitch.Env{Now: time.Now, Log: log, Decider: undecided{}, Shared: shared, Node: "here", Refresh: manifests.Refresh}, &stitch.Options{
		Session: &playback.Session{ID: "x", Template: "http://origin.example/v.mpd"}, Stream: stream, Facts: facts, Assets: shelf{}, Rules: stitch.Rules{Budget: 3 * time.Second},
		Layout: &origin.Layout{Timed: dash, Renditions: []origin.Rendition{{Kind: origin.Video, URL: "http://origin.example/v.m3u8", Name: "v", Track: "v0"}}},
	}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := &Finder{Placer: &placing.Placer{Manifests: m, Now: time.Now, Log: log}, Shared: shared, Now: time.Now}
	f.Fault = func(err error, _ *playback.Session) error { return err }
	return f, &placing.Subject{Playback: play}
}

// TestNotThere: a player is told at once of an ad segment that is not there; where other nodes
// may have listed it, after an answer's time, with the store away too.
func TestNotThere(t *testing.T) {
	for _, c := range []struct{ shared, dash, away bool }{{}, {dash: true}, {shared: true}, {shared: true, dash: true}, {true, false, true}, {true, true, true}} {
		synctest.Test(t, func(t *testing.T) {
			var facts store.Facts = memory.NewFacts(time.Now)
			if c.away {
				facts = away{facts}
			}
			f, x := finder(t, c.shared, c.dash, facts)
			begun, want := time.Now(), time.Duration(0)
			if c.shared {
				want = answers.Budget
			}
			var err error
			if c.dash {
				_, _, err = f.InMPD(t.Context(), x, Item{Avail: 8_000_000, Track: "v0", Segment: 1})
			} else {
				_, _, err = f.InPlaylist(t.Context(), x, 0, 105)
			}
			if told, ok := errors.AsType[*fault.Error](err); !ok || told.Status != 404 {
				t.Errorf("%+v: %v", c, err)
			}
			if took := time.Since(begun); took != want {
				t.Errorf("%+v: it is told after %v, want %v", c, took, want)
			}
		})
	}
}

// TestListedElsewhere: an ad segment of an MPD is found once another node has decided its avail,
// and what its pod does not have is told at once.
func TestListedElsewhere(t *testing.T) {
	const start = 1_000_000 // of segment 1
	synctest.Test(t, func(t *testing.T) {
		facts := memory.NewFacts(time.Now)
		f, x := finder(t, true, true, facts)
		go func() {
			time.Sleep(500 * time.Millisecond)
			b, err := records.Encode(avail.Decision{Start: start, Items: []avail.Item{{Kind: avail.AdItem, Asset: "ad", Duration: 4_000_000, Ad: &avail.Ad{ID: "a"}}}})
			if err != nil {
				t.Error(err)
			}
			_, rev, err := facts.Since(t.Context(), records.SessionOwner("x"), 0)
			if err != nil {
				t.Error(err)
			}
			a, err := facts.Append(t.Context(), records.SessionOwner("x"), time.Hour, rev, avail.Fact{Key: "decision/" + avail.Key{Sequence: start}.String(), Value: b})
			if err != nil || !a.Written {
				t.Errorf("%v, %+v", err, a)
			}
		}()
		begun := time.Now()
		file, _, err := f.InMPD(t.Context(), x, Item{Avail: start, Track: "v0", Segment: 1})
		if err != nil || file != "ad/1.m4s" || time.Since(begun) != 600*time.Millisecond {
			t.Errorf("%q, %v after %v", file, err, time.Since(begun))
		}
		begun = time.Now()
		for _, r := range []Item{{start, 0, "v0", 2}, {start, 0, "v1", 1}, {start, 1, "v0", 1}, {start, -1, "v0", 1}} {
			if _, _, err := f.InMPD(t.Context(), x, r); !errors.As(err, new(*fault.Error)) || time.Since(begun) != 0 {
				t.Errorf("%+v: %v after %v", r, err, time.Since(begun))
			}
		}
	})
}
