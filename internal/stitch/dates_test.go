package stitch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/dates"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store/memory"
)

// decisions is a decider that knows its answers.
type decisions map[int64]avail.Decision

func (m decisions) Decide(r DecisionRequest, done func(avail.Decision)) {
	d := m[r.Avail.Sequence]
	d.Start = r.Avail.Sequence
	done(d)
}

// assetPlaylist is an asset of six segments of six seconds; marks stand before
// segments, dated are those with a date, all where it is nil.
func assetPlaylist(t *testing.T, name string, marks map[int]string, dated map[int]bool) *hls.Template {
	t.Helper()
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n")
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 6 {
		b.WriteString(marks[i])
		if dated == nil || dated[i] {
			fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", start.Add(time.Duration(i)*6*time.Second).Format("2006-01-02T15:04:05.000Z"))
		}
		fmt.Fprintf(&b, "#EXTINF:6,\n%s/%d.ts\n", name, i)
	}
	b.WriteString("#EXT-X-ENDLIST\n")
	tpl, err := hls.Compile([]byte(b.String()), hls.Options{Base: &url.URL{Scheme: "http", Host: "origin.example", Path: "/vod/"}})
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// TestAssetDates: pods that are put into an asset don't make its dates go back
// (field failure B-12), whether one segment has a date or all do, and date
// ranges go with the content that they name.
func TestAssetDates(t *testing.T) {
	const pair = "#EXT-X-CUE-OUT:0\n#EXT-X-CUE-IN\n"
	chapter := func(second int) string {
		return fmt.Sprintf("#EXT-X-DATERANGE:ID=\"c%d\",START-DATE=\"2026-01-01T00:00:%02dZ\"\n", second, second)
	}
	for _, c := range []struct {
		name  string
		marks map[int]string
		// content are the dates of the asset's segments in the output, in
		// seconds, -1 is replaced; chapters are those of its date ranges.
		content  []float64
		chapters map[string]float64
	}{
		{
			name: "insertions", marks: map[int]string{0: chapter(12) + chapter(30), 2: pair, 4: pair},
			content:  []float64{0, 6, 12 + 30, 18 + 30, 24 + 60, 30 + 60},
			chapters: map[string]float64{"c12": 42, "c30": 90},
		},
		{
			name: "before the content", marks: map[int]string{0: pair + chapter(6)},
			content: []float64{30, 36, 42, 48, 54, 60}, chapters: map[string]float64{"c6": 36},
		},
		{
			name: "replacement by more", marks: map[int]string{1: "#EXT-X-CUE-OUT:12\n", 3: "#EXT-X-CUE-IN\n" + chapter(18)},
			content: []float64{0, -1, -1, 36, 42, 48}, chapters: map[string]float64{"c18": 36},
		},
		{
			name: "replacement by as much", marks: map[int]string{0: "#EXT-X-CUE-OUT:30\n", 5: "#EXT-X-CUE-IN\n" + chapter(30)},
			content: []float64{-1, -1, -1, -1, -1, 30}, chapters: map[string]float64{"c30": 30},
		},
		{
			name: "no pod", marks: map[int]string{3: pair + chapter(18)},
			content: []float64{0, 6, 12, 18, 24, 30}, chapters: map[string]float64{"c18": 18},
		},
	} {
		for dates, dated := range map[string]map[int]bool{"one date": {0: true}, "every date": nil} {
			t.Run(c.name+", "+dates, func(t *testing.T) {
				bodies := playAsset(t, c.name != "no pod", func(name string) *hls.Template {
					return assetPlaylist(t, name, c.marks, dated)
				})
				for r, body := range bodies {
					l, violations := listing.Read(body)
					violations = append(violations, check.Playlist(l)...)
					again, _ := listing.Read(body)
					violations = append(violations, check.Update(l, again)...)
					for _, v := range violations {
						t.Errorf("rendition %d: %s", r, v)
					}
					checkAssetDates(t, l, c.content, c.chapters)
					if t.Failed() {
						t.Fatalf("rendition %d\n%s", r, body)
					}
				}
			})
		}
	}
}

func checkAssetDates(t *testing.T, l *listing.Listing, content []float64, chapters map[string]float64) {
	t.Helper()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	var before int64
	found := 0
	for i, s := range l.Segments {
		if i > 0 && s.Time < before {
			t.Errorf("segment %d begins %d µs before the last one ends", i, before-s.Time)
		}
		before = s.Time + s.Duration
		var n int
		if at := strings.LastIndexByte(s.URI, '/'); strings.Contains(s.URI, "/vod/") {
			fmt.Sscanf(s.URI[at:], "/%d.ts", &n)
			found++
			if want := start + int64(content[n]*1e6); s.Time != want {
				t.Errorf("segment %s is dated %d µs from %g s", s.URI, s.Time-want, content[n])
			}
		}
	}
	for _, at := range content {
		if at < 0 {
			found++
		}
	}
	if found != len(content) {
		t.Errorf("%d segments of content, want %d", found, len(content))
	}
	for id, at := range chapters {
		if got := l.DateRanges[id].Start; got != start+int64(at*1e6) {
			t.Errorf("chapter %s begins %d µs from %g s", id, got-start-int64(at*1e6), at)
		}
	}
}

// playAsset answers a session's request for each rendition of an asset, twice,
// the second time in another process.
func playAsset(t *testing.T, ads bool, playlist func(name string) *hls.Template) [][]byte {
	t.Helper()
	ctx := context.Background()
	store, assets := memory.NewFacts(func() time.Time { return time.Unix(1_800_000_000, 0) }), &simAssets{map[string]*avail.Asset{}}
	decide := decisions{}
	for q := range int64(6) {
		if ads {
			x := assets.make(15_000, 0, 3*simSecond)
			decide[q] = avail.Decision{Items: []avail.Item{{Asset: x.ID, Duration: x.Duration}, {Asset: x.ID, Duration: x.Duration}}}
		} else {
			decide[q] = avail.Decision{Reason: avail.AdsEmpty}
		}
	}
	layout := &origin.Layout{ID: "l", Stream: "asset", Renditions: []origin.Rendition{
		{Name: origin.Reference, Kind: origin.Video, Track: "v0"}, {Name: "v1", Kind: origin.Video, Track: "v1"},
	}}
	tpls := []*hls.Template{playlist("v0"), playlist("v1")}
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	var out [][]byte
	for range 2 {
		stream, err := ledger.Open(ctx, store, "asset", ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := &Playback{
			Session: &playback.Session{ID: "s"}, Layout: layout, Stream: stream, Facts: store, Assets: assets,
			Rules: Rules{Budget: time.Second}, env: &Env{Refresh: func(t time.Duration) time.Duration { return t / 4 }, Decider: decide, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)},
		}
		stored, rev, err := store.Since(ctx, records.SessionOwner("s"), 0)
		if err == nil {
			err = s.recall(stored, rev)
		}
		if err != nil {
			t.Fatal(err)
		}
		ref, err := stream.Accept(ctx, origin.Reference, "", tpls[0], now)
		if err != nil {
			t.Fatal(err)
		}
		for r, tpl := range tpls {
			v, err := stream.Accept(ctx, layout.Renditions[r].Name, "", tpl, now)
			if err != nil {
				t.Fatal(err)
			}
			plan := &hls.Plan{AssetPrefix: "../tm/", Shifts: []dates.Shift{{At: 1, By: 1}}}
			var pool hlsplan.Pool
			err = s.Plan(ctx, r, ref, v, Patience{Now: now}, plan, &pool)
			for wait := (*Wait)(nil); errors.As(err, &wait); {
				err = s.Plan(ctx, r, ref, v, Patience{Now: now}, plan, &pool)
			}
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, hlsplan.TemplateOf(v).Append(nil, plan))
		}
	}
	for r := range tpls {
		if a, b := string(out[r]), string(out[r+len(tpls)]); a != b {
			t.Errorf("another process answers\n%s\nnot\n%s", b, a)
		}
	}
	return out
}
