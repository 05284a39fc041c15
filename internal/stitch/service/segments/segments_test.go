package segments

import (
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
	"stitcher/internal/stitch/service/answers"
	"stitcher/internal/stitch/service/fault"
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

// TestNotThere: a player is told at once of an ad segment that is not there; where other nodes
// may have listed it, after an answer's time.
func TestNotThere(t *testing.T) {
	for _, c := range []struct{ shared, dash bool }{{false, false}, {false, true}, {true, false}, {true, true}} {
		synctest.Test(t, func(t *testing.T) {
			shared := c.shared
			o := manifeststest.NewFiles(map[string][]byte{"v.m3u8": playlist(), "v.mpd": []byte(mpd)})
			m, err := manifests.New(manifests.Options{
				Fetcher: o, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 100, Now: time.Now, Metrics: manifests.NewMetrics(prometheus.NewRegistry()),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			facts := memory.NewFacts(time.Now)
			stream, err := ledger.Open(t.Context(), facts, "c", ledger.Options{Maximum: 300e6, Shared: shared})
			if err != nil {
				t.Fatal(err)
			}
			log := slog.New(slog.DiscardHandler)
			play, err := stitch.New(&stitch.Env{Now: time.Now, Log: log, Decider: undecided{}, Shared: shared, Refresh: manifests.Refresh}, &stitch.Options{
				Session: &playback.Session{ID: "x", Template: "http://origin.example/v.mpd"}, Stream: stream, Facts: facts, Rules: stitch.Rules{Budget: 3 * time.Second},
				Layout: &origin.Layout{Timed: c.dash, Renditions: []origin.Rendition{{Kind: origin.Video, URL: "http://origin.example/v.m3u8", Name: "v", Track: "v0"}}},
			}, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			f := Finder{Placer: &placing.Placer{Manifests: m, Now: time.Now, Log: log}, Shared: shared, Now: time.Now}
			f.Fault = func(err error, _ *playback.Session) error { return err }
			x := &placing.Subject{Playback: play}
			begun, want := time.Now(), time.Duration(0)
			if shared {
				want = answers.Budget
			}
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
