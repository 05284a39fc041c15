package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Comcast/scte35-go/pkg/scte35"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/service"
	"stitcher/internal/stitch/service/start"
	"stitcher/internal/store/memory"
)

// BenchmarkMPD asks for a personalised live MPD in the middle of an avail, over HTTP,
// 10,000 sessions in rotation, plain and compressed, and in turn has an Echo handler write
// as many bytes from memory. The metrics are those of BenchmarkPlaylist.
func BenchmarkMPD(b *testing.B) {
	h := &house{now: noon, mpd: liveMPD(noon)}
	h.open(b, facts{memory.NewFacts(func() time.Time { return h.now })}, false)
	paths := h.startMPDs(b, rotation)
	w := httptest.NewRecorder()
	h.viewer.ServeHTTP(w, httptest.NewRequest(http.MethodGet, paths[0], nil))
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), "/dashsegment/") == 0 {
		b.Fatalf("status %d, %s", w.Code, w.Body)
	}
	compare(b, h.viewer, paths, "application/dash+xml")
}

// liveMPD is an MPD at a time, of a picture in two qualities and of sound with 13 segments of four
// seconds, of which the last seven are an avail.
func liveMPD(now time.Time) string {
	const segments, length = 13, 4
	insert := scte35.SpliceInfoSection{Tier: 4095, SAPType: 3, SpliceCommand: &scte35.SpliceInsert{
		SpliceEventID: 1, OutOfNetworkIndicator: true, SpliceImmediateFlag: true, Program: &scte35.SpliceInsertProgram{}, UniqueProgramID: 1,
		BreakDuration: &scte35.BreakDuration{AutoReturn: true, Duration: 60 * 90_000},
	}}
	edge := int64(3600)
	first := edge - segments*length
	var t strings.Builder
	fmt.Fprintf(&t, `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:mpeg:dash:profile:isoff-live:2011" availabilityStartTime="%s" publishTime="%s" minimumUpdatePeriod="PT2S" minBufferTime="PT4S" timeShiftBufferDepth="PT52S" suggestedPresentationDelay="PT12S">
  <Period id="p0" start="PT0S">
    <EventStream schemeIdUri="urn:scte:scte35:2014:xml+bin" timescale="1"><Event presentationTime="%d" duration="60" id="1"><Signal xmlns="http://www.scte.org/schemas/35/2016"><Binary>%s</Binary></Signal></Event></EventStream>
`, now.Add(-time.Duration(edge)*time.Second).Format(time.RFC3339), now.Format(time.RFC3339), first+6*length, insert.Base64())
	for i, set := range []struct{ kind, representations string }{
		{"video", `<Representation id="v0" codecs="avc1.64001f" width="1280" height="720" frameRate="25" bandwidth="2000000"/><Representation id="v1" codecs="avc1.64001f" width="640" height="360" frameRate="25" bandwidth="800000"/>`},
		{"audio", `<Representation id="a0" codecs="mp4a.40.2" audioSamplingRate="48000" bandwidth="128000"/>`},
	} {
		scale := []int64{90_000, 48_000}[i]
		fmt.Fprintf(&t, `    <AdaptationSet id="%d" contentType="%s" mimeType="%s/mp4" lang="en" segmentAlignment="true" startWithSAP="1"><SegmentTemplate timescale="%d" media="$RepresentationID$/$Time$.m4s" initialization="$RepresentationID$/init.mp4"><SegmentTimeline>`, i+1, set.kind, set.kind, scale)
		at := first * scale
		for k := range int64(segments) {
			d := length*scale + []int64{0, 1024, -1024}[k%3]
			if k == segments-1 {
				d = edge*scale - at
			}
			fmt.Fprintf(&t, `<S t="%d" d="%d"/>`, at, d)
			at += d
		}
		fmt.Fprintf(&t, "</SegmentTimeline></SegmentTemplate>%s</AdaptationSet>\n", set.representations)
	}
	t.WriteString("  </Period>\n</MPD>\n")
	return t.String()
}

// startMPDs makes n sessions that have had their first MPD each, and gives the paths of
// their MPDs.
func (h *house) startMPDs(b testing.TB, n int) []string {
	b.Helper()
	paths := make([]string, n)
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			for i := w; i < n; i += 32 {
				s, err := h.service.StartMPD(b.Context(), start.Request{
					Configuration: "bench", Asset: "live/a.mpd", AdsParams: map[string]string{"uid": fmt.Sprint(i)},
					Viewer: playback.Viewer{IP: "192.0.2.1", ForwardedFor: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Bench/1.0"},
				})
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := h.service.MPD(b.Context(), service.MPDRequest{Configuration: "bench", Session: s.ID, Base: "http://bench"}, nil); err != nil {
					b.Error(err)
					return
				}
				paths[i] = "/v1/dash/" + accountHash + "/bench/live/a.mpd?aws.sessionId=" + s.ID
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return paths
}

// mpdRenditions are those of an ad for liveMPD.
func mpdRenditions(segments int) []avail.AssetRendition {
	list := []avail.AssetRendition{
		{Name: "v0", Init: "v0.mp4", Codecs: "avc1.64001f", Bandwidth: 2_000_000, Width: 1280, Height: 720, FrameRate: avail.Ratio{Num: 25, Den: 1}, Timescale: 12_800},
		{Name: "v1", Init: "v1.mp4", Codecs: "avc1.64001f", Bandwidth: 800_000, Width: 640, Height: 360, FrameRate: avail.Ratio{Num: 25, Den: 1}, Timescale: 12_800},
		{Name: "a0", Init: "a0.mp4", Codecs: "mp4a.40.2", Bandwidth: 128_000, SampleRate: 48_000, Channels: 2, Timescale: 48_000},
	}
	for k := range list {
		for i := range segments {
			list[k].Segments = append(list[k].Segments, avail.AssetSegment{
				Name: fmt.Sprintf("%s-%05d.m4s", list[k].Name, i), Duration: 2_000_000, Ticks: 2 * list[k].Timescale,
			})
		}
	}
	return list
}
