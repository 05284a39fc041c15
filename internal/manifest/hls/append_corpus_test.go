package hls

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
	"stitcher/internal/manifest/hls/syntax"
	"stitcher/test/corpus"
)

// testAd is a creative of three segments of about half a target duration.
func testAd(init string, target int64) *avail.AssetRendition {
	r := &avail.AssetRendition{Name: "v0", Init: init}
	suffix := ".ts"
	if init != "" {
		suffix = ".m4s"
	}
	for i, d := range []int64{66_667, 0, -33_400} {
		r.Segments = append(r.Segments, avail.AssetSegment{Name: fmt.Sprintf("v0_%05d%s", i, suffix), Duration: max(target*500_000, 600_000) + d})
	}
	return r
}

// randomPlan replaces random stretches of a template by ads, now and then of
// another container, and may cut its head and tail.
func randomPlan(rnd *rand.Rand, t *Template) *Plan {
	p := &Plan{AssetPrefix: "/tm/h/", SegmentPrefix: "../../segment/s/0/", Query: "?a=b"}
	n := len(t.Segments)
	init := ""
	if t.Mapped != (rnd.IntN(6) == 0) {
		init = "v0_init.mp4"
	}
	next := p.Sequence + int64(rnd.IntN(1000))
	p.Sequence = next
	p.Discontinuity = int64(rnd.IntN(3))
	at := 0
	if rnd.IntN(3) == 0 {
		at = rnd.IntN(n)
	}
	ads := false
	for at < n && (t.Type == "VOD" || len(p.Runs) < 20) {
		if rnd.IntN(2) == 0 && !ads {
			for range 1 + rnd.IntN(2) {
				from, to := 0, 1+rnd.IntN(3)
				run := AdRun{Asset: fmt.Sprintf("a%d", rnd.IntN(9)), Rendition: testAd(init, t.Target), From: from, To: to, Discontinuity: true, Number: next}
				if t.Dated {
					run.Time = t.Segments[at].Time
				}
				p.Runs = append(p.Runs, Run{Ad: &run})
				next += int64(to)
			}
			ads = true
			at += rnd.IntN(n - at + 1)
			continue
		}
		if rnd.IntN(6) == 0 && !ads && at < n-1 && at > 0 {
			at++ // a stretch of content goes, and nothing comes in its place
			ads = true
		}
		to := at + 1 + rnd.IntN(n-at)
		if t.Type == "VOD" && len(p.Runs) > 20 {
			to = n
		}
		p.Runs = append(p.Runs, Run{From: at, To: to, Splice: ads})
		next += int64(to - at)
		at, ads = to, false
	}
	p.Tail = at == n && (t.Type == "VOD" || rnd.IntN(2) == 0)
	return p
}

// TestSpliceCorpus lists random ads in real playlists: what is shown of the
// content is, to a strict client, what it was, and ads are clear and complete.
func TestSpliceCorpus(t *testing.T) {
	spliced := 0
	corpus.Each(t, "hls", ".m3u8", func(t *testing.T, name string, src []byte) {
		tpl, err := Compile(src, Options{Base: compileBase})
		if err != nil || len(tpl.Segments) == 0 {
			return
		}
		base, before := listing.Read(tpl.Append(nil, whole(tpl)))
		for i := range base.Segments {
			base.Segments[i].URI = strings.TrimSpace(base.Segments[i].URI)
		}
		if strict := slices.ContainsFunc(before, func(v rule.Violation) bool {
			return v.Rule == rule.URIEmpty || v.Rule == rule.TagMalformed || v.Rule == rule.AttributeMalformed || v.Rule == rule.ExtinfMissing || v.Rule == rule.ByteRangeOffsetMissing
		}); strict {
			return // players forgive what the strict client reads otherwise
		}
		if slices.ContainsFunc(base.Segments, func(s listing.Segment) bool { return s.Duration > syntax.MaxSeconds*1e6 }) {
			return // no segment lasts longer than a day
		}
		if len(base.Segments) != len(tpl.Segments) {
			t.Fatalf("a strict client reads %d segments, not %d: %v", len(base.Segments), len(tpl.Segments), before)
		}
		for i := range tpl.Segments {
			compareSegment(t, tpl, i, &base.Segments[i])
		}
		rnd := rand.New(rand.NewPCG(1, uint64(len(src))))
		for range 12 {
			p := randomPlan(rnd, tpl)
			out := tpl.Append(nil, p)
			got, after := listing.Read(out)
			spliced++
			if t.Failed() {
				return
			}
			checkSplice(t, tpl, p, base, got)
			for _, v := range after {
				if !knownBefore(before, v) {
					t.Errorf("new violation: %s", v)
				}
			}
			if t.Failed() {
				t.Logf("%s", out)
				return
			}
		}
	})
	t.Logf("%d spliced", spliced)
}

// knownBefore says whether the origin breaks the rule itself. The plan may cut
// off the segments that have the dates.
func knownBefore(before []rule.Violation, v rule.Violation) bool {
	return v.Rule == rule.DateRangeWithoutPDT || slices.ContainsFunc(before, func(b rule.Violation) bool { return b.Rule == v.Rule })
}

func compareSegment(t *testing.T, tpl *Template, i int, l *listing.Segment) {
	t.Helper()
	s := &tpl.Segments[i]
	if l.URI != tpl.URI(i) || l.Duration != s.Duration || l.Discontinuity != s.Discontinuity || l.DiscontinuityNumber != s.Number {
		t.Fatalf("segment %d: a strict client reads %+v, we %+v", i, l, s)
	}
	if l.Timed() && tpl.Dated && l.HasTime && l.Time != s.Time {
		t.Fatalf("segment %d: a strict client reads the date %d, we %d", i, l.Time, s.Time)
	}
	if tpl.EncryptedAt(i) != (len(l.Keys) > 0) {
		t.Fatalf("segment %d: encrypted %t, a strict client sees keys %v", i, tpl.EncryptedAt(i), l.Keys)
	}
	init := tpl.Init(i)
	if (l.Map != nil) != (init.URI != "") || l.Map != nil && l.Map.URI != init.URI {
		t.Fatalf("segment %d: MAP %q, a strict client sees %v", i, init.URI, l.Map)
	}
	if l.Range != nil && (l.Range.Length != tpl.Resource(i).Length || l.Range.Offset != tpl.Resource(i).Offset) {
		t.Fatalf("segment %d: range %+v, a strict client sees %v", i, tpl.Resource(i), l.Range)
	}
}

// checkSplice compares a spliced playlist, as a strict client reads it, with
// the plan and with the playlist without ads.
func checkSplice(t *testing.T, tpl *Template, p *Plan, base, got *listing.Listing) {
	t.Helper()
	if got.Sequence != p.Sequence || got.Discontinuity != p.Discontinuity || got.Version != base.Version || got.Target != base.Target || got.Ended != (p.Tail && base.Ended) {
		t.Fatalf("header is %+v", got)
	}
	i := 0
	for j := range got.Segments {
		got.Segments[j].URI = strings.TrimSpace(got.Segments[j].URI)
	}
	for _, r := range p.Runs {
		if r.Ad == nil {
			for j := r.From; j < r.To; j++ {
				want, is := base.Segments[j], got.Segments[i]
				if is.URI != want.URI || is.Duration != want.Duration || is.Gap != want.Gap ||
					!sameKeys(is.Keys, want.Keys) || !reflect.DeepEqual(is.Map, want.Map) || !reflect.DeepEqual(is.Range, want.Range) {
					t.Errorf("content %d is %s, want %s", j, show(&is), show(&want))
				}
				if is.Discontinuity != (want.Discontinuity || r.Splice && j == r.From) {
					t.Errorf("content %d: discontinuity %t", j, is.Discontinuity)
				}
				if j == r.From && tpl.Dated && (r.Splice || i == 0 && j > 0) && !is.HasTime {
					t.Errorf("content %d has no date at a splice", j)
				}
				if is.HasTime && abs64(is.Time-tpl.Segments[j].Time) >= 1000 {
					t.Errorf("content %d: date %d, want %d", j, is.Time, tpl.Segments[j].Time)
				}
				i++
			}
			continue
		}
		for j := r.Ad.From; j < r.Ad.To; j++ {
			is := got.Segments[i]
			if len(is.Keys) > 0 || is.Range != nil || is.Duration != r.Ad.Rendition.Segments[j].Duration {
				t.Errorf("ad segment is %s", show(&is))
			}
			suffix, init := extension(r.Ad.Rendition.Segments[j].Name), ""
			if r.Ad.Rendition.Init != "" {
				init = "/tm/h/" + r.Ad.Asset + "/v0_init.mp4"
			}
			if want := fmt.Sprintf("../../segment/s/0/%d%s?a=b", r.Ad.Number+int64(j), suffix); is.URI != want || is.Sequence != r.Ad.Number+int64(j) {
				t.Errorf("ad segment %d is at %d, %s; want %s", j, is.Sequence, is.URI, want)
			}
			if is.Discontinuity != (j == r.Ad.From) {
				t.Errorf("ad segment is %s", show(&is))
			}
			if of := is.Map; !is.Gap && (init == "" && of != nil || init != "" && (of == nil || of.URI != init)) {
				t.Errorf("ad segment below another initialization section than %q: %s", init, show(&is))
			}
			if is.Gap && tpl.Init(0).URI != "" == (init != "") && tpl.Mapped == (init != "") {
				t.Errorf("ad segment of the content's container is a gap: %s", show(&is))
			}
			i++
		}
	}
	if i != len(got.Segments) {
		t.Errorf("%d segments, want %d", len(got.Segments), i)
	}
}

func show(l *listing.Segment) string {
	return strings.ReplaceAll(fmt.Sprintf("%+v map %+v range %+v", *l, l.Map, l.Range), "\n", " ")
}

func sameKeys(a, b []listing.Key) bool {
	if len(a) != len(b) {
		return false
	}
	for _, k := range a {
		if !slices.Contains(b, k) {
			return false
		}
	}
	return true
}

func abs64(n int64) int64 { return max(n, -n) }
