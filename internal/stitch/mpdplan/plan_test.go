package mpdplan

import (
	"net/url"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store/memory"
)

const live = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2027-01-15T08:00:00Z" minimumUpdatePeriod="PT4S" timeShiftBufferDepth="PT60S" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT4S"><Period id="p" start="PT0S"><AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true"><SegmentTemplate timescale="1000" duration="4000" startNumber="1" media="v$Number$.m4s" initialization="v.mp4"/><Representation id="v" bandwidth="1000000" codecs="avc1.4d401f" width="640" height="360"/></AdaptationSet></Period></MPD>`

// TestEachStepIsPublished: each step of an avail makes another MPD, with a later publishTime (U3)
// and another tag: players and caches take equal ones for the same.
func TestEachStepIsPublished(t *testing.T) {
	began := time.Date(2027, 1, 15, 8, 0, 0, 0, time.UTC)
	now := began.Add(100 * time.Second)
	tpl, err := dash.Compile([]byte(live), presentation.Options{Base: &url.URL{Scheme: "https", Host: "o.example", Path: "/m.mpd"}})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := ledger.Open(t.Context(), memory.NewFacts(func() time.Time { return now }), "c", ledger.Options{Maximum: 300e6})
	if err == nil {
		err = stream.Begin(t.Context(), "v")
	}
	if err != nil {
		t.Fatal(err)
	}
	ref, err := stream.Accept(t.Context(), "v", "", tpl.At(now.UnixMicro()), now)
	if err != nil {
		t.Fatal(err)
	}
	view := ref.Document.(*dash.View)
	ad := &avail.Asset{ID: "ad", Duration: 8_000_000, Renditions: []avail.AssetRendition{{Name: "v0", Init: "i.mp4", Segments: []avail.AssetSegment{
		{Name: "1.m4s", Duration: 4_000_000}, {Name: "2.m4s", Duration: 4_000_000},
	}}}}
	start := began.Add(80 * time.Second).UnixMicro()
	fill := pods.Fill{
		Key: avail.Key{Sequence: start}, Start: start, Time: start, Back: pods.Unknown,
		Pod: &pods.Pod{Items: []*avail.Asset{ad}, Kinds: []avail.ItemKind{avail.AdItem}, Reference: "v0"},
	}
	run := &pods.Run{Epoch: ref.Epoch, Base: records.NewFold(ref.Epoch, ref.Head(), 1)}
	in := Input{
		Session: &playback.Session{ID: "s", Configuration: "news"}, Names: map[string]string{"v": "v0"}, Hash: "h",
		Base: "https://ads.example", Location: "https://ads.example/v1/dash/h/news/m.mpd",
	}
	var plan dash.Plan
	var published int64
	tags := map[uint64]string{}
	step := func(name string, until int64, segments int, back int64) {
		t.Helper()
		Plan(in, pods.State{Ref: ref, Run: run}, view, now, &plan)
		if plan.Published <= published {
			t.Errorf("%s: published at %d, not after %d", name, plan.Published, published)
		}
		published = plan.Published
		if other := tags[Tag(view, &plan)]; other != "" {
			t.Errorf("%s: the tag is that of %q", name, other)
		}
		tags[Tag(view, &plan)] = name
		if until > 0 && plan.Until != until {
			t.Errorf("%s: content is listed up to %d, want %d", name, plan.Until, until)
		}
		got := 0
		for _, b := range plan.Breaks {
			for _, it := range b.Items {
				got += it.Segments
			}
			if b.Return != back {
				t.Errorf("%s: content returns at %d, want %d", name, b.Return, back)
			}
		}
		if got != segments {
			t.Errorf("%s: %d ad segments are listed, want %d", name, got, segments)
		}
	}
	step("no avail", ref.Edge(), 0, 0)
	run.Fills = []pods.Fill{fill}
	step("decided", start, 0, 0)
	for n := 1; n <= 2; n++ {
		run.Fills[0].Listed, run.Fills[0].Items = n, 1
		step("listed", ref.Edge(), n, -1)
	}
	run.Fills[0].Settle(start+8_000_000, start+8_000_000, 0)
	step("returned", ref.Edge(), 2, start+8_000_000)
	if want := "https://ads.example/v1/dashsegment/h/news/s/"; len(plan.Breaks) != 1 || plan.Breaks[0].Items[0].Media[:len(want)] != want {
		t.Errorf("breaks %+v, want ad segments under %s", plan.Breaks, want)
	}
}
