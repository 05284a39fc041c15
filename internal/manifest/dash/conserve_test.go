package dash

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/quantity"
)

// TestTimeIsConserved: in MPDs of any addressing and timescale, with breaks at any
// times, what is left of the content stands at the times that the origin gave it, cut
// where the breaks cut it, and nothing else is left (B-42, B-43, design §5 DASH law 4).
func TestTimeIsConserved(t *testing.T) {
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		src, scale := randomMPD(rnd)
		tpl, err := Compile([]byte(src), presentation.Options{Base: testBase})
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		now := tpl.Origin + 3_600_000_000
		v := tpl.At(now)
		if len(v.Segments) < 4 {
			continue
		}
		p := randomPlan(rnd, v)
		want := content(v.Segments, p.Breaks)
		out := string(v.Append(nil, p))
		again, err := Compile([]byte(out), presentation.Options{Base: testBase})
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, out)
		}
		again.Depth = -1 // times within the output are compared, not its window
		var got []manifest.Segment
		for _, s := range again.At(now).Segments {
			if !adIdentity[s.Identity] {
				got = append(got, s)
			}
		}
		// A break between segments may begin between two ticks, and a sliver of a
		// segment is not listed.
		tolerance := (500_000+scale-1)/scale + addressing.Sliver
		if diff := compare(got, want, tolerance); diff != "" {
			t.Fatalf("seed %d: %s\n%s\nis written as\n%s", seed, diff, src, out)
		}
	}
}

// adIdentity are the identities of the segments of ads.
var adIdentity = func() map[uint64]bool {
	m := map[uint64]bool{}
	for i := range 4 {
		m[xxhash.Sum64String(fmt.Sprintf("/ad/v0/%d.m4s", i))] = true
	}
	return m
}()

// randomMPD makes a dynamic MPD of an hour ago with segments of one timescale.
func randomMPD(rnd *rand.Rand) (src string, scale int64) {
	var b strings.Builder
	b.WriteString(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" minBufferTime="PT2S">` + "\n")
	scale = []int64{1000, 12_800, 90_000, 44_100, 1_000_000, 10_000_000}[rnd.IntN(6)]
	mode := rnd.IntN(5)
	start := int64(rnd.IntN(100_000)) // ms
	for i := range 1 + rnd.IntN(3) {
		offset := rnd.Int64N(1000 * scale)
		fmt.Fprintf(&b, `<Period id="p%d" start="PT%d.%03dS">`+"\n", i, start/1000, start%1000)
		b.WriteString(`<AdaptationSet id="1" contentType="video" mimeType="video/mp4">` + "\n")
		n := 3 + rnd.IntN(6)
		length := int64(0)
		d := scale + rnd.Int64N(3*scale)
		base := fmt.Sprintf(`timescale="%d" presentationTimeOffset="%d" startNumber="%d"`, scale, offset, rnd.IntN(50))
		switch mode {
		case 0, 1: // SegmentTimeline
			media := []string{"$Time$", "$Number%04d$"}[mode]
			at := offset
			if i == 0 {
				at -= min(rnd.Int64N(d), at)
			}
			fmt.Fprintf(&b, `<SegmentTemplate %s media="p%d/%s.m4s"><SegmentTimeline>`, base, i, media)
			end := at
			for k := range n {
				r := rnd.Int64N(3)
				dk := d + rnd.Int64N(scale/4)
				if k == 0 || rnd.IntN(3) == 0 {
					fmt.Fprintf(&b, `<S t="%d" d="%d" r="%d"/>`, end, dk, r)
				} else {
					fmt.Fprintf(&b, `<S d="%d" r="%d"/>`, dk, r)
				}
				end += dk * (r + 1)
			}
			length = end - offset
			b.WriteString(`</SegmentTimeline></SegmentTemplate>`)
		case 2: // @duration
			length = d*int64(n) - rnd.Int64N(d)
			fmt.Fprintf(&b, `<SegmentTemplate %s duration="%d" media="p%d/$Number$.m4s"/>`, base, d, i)
		case 3: // an open S
			length = d*int64(n) - rnd.Int64N(d)
			fmt.Fprintf(&b, `<SegmentTemplate %s media="p%d/$Number$.m4s"><SegmentTimeline><S t="%d" d="%d" r="-1"/></SegmentTimeline></SegmentTemplate>`, base, i, offset, d)
		case 4: // SegmentList
			fmt.Fprintf(&b, `<SegmentList %s duration="%d">`, base, d)
			for k := range n {
				fmt.Fprintf(&b, `<SegmentURL media="p%d/%d.m4s"/>`, i, k)
			}
			b.WriteString(`</SegmentList>`)
			length = d * int64(n)
		}
		b.WriteString(`<Representation id="v" bandwidth="1000"/></AdaptationSet>` + "\n</Period>\n")
		// The next Period begins where this one's segments end, or a little before.
		start += max(length*1000/scale-rnd.Int64N(2)*rnd.Int64N(500), 1)
	}
	b.WriteString("</MPD>\n")
	return b.String(), scale
}

// randomPlan has breaks that begin and end at slices or between them.
func randomPlan(rnd *rand.Rand, v *View) *Plan {
	p := &Plan{Now: v.edge}
	tracks := map[string]string{"v": "v0"}
	at := v.Sequence
	for i := range 1 + rnd.IntN(3) {
		pick := func(from int64) int64 {
			k := v.Index(from) + rnd.IntN(4)
			if x := v.Position(k); rnd.IntN(2) == 0 || k >= len(v.Segments) {
				return max(x, from)
			} else if x += rnd.Int64N(v.Segments[k].Duration); x > from {
				return x
			}
			return from
		}
		start := pick(at)
		if start >= v.Next()-5_000_000 || i > 0 && start < at+100_000 {
			break
		}
		// An ad of a segment at least, and content after it.
		back := max(pick(start+2_500_000), start+2_500_000)
		if back >= v.Next()-1_000_000 {
			break
		}
		p.Breaks = append(p.Breaks, Break{ID: fmt.Sprint("b", i), Start: start, Return: back, Items: []Item{
			{Start: start, Segments: 1, Asset: testAsset(), Tracks: tracks, Media: "https://ads.example/ad"},
		}})
		at = back
	}
	return p
}

// content is what breaks leave of slices.
func content(segments []manifest.Segment, breaks []Break) (out []manifest.Segment) {
	add := func(s manifest.Segment, from, to int64) {
		if from, to = max(from, s.Time), min(to, s.Time+s.Duration); to > from {
			s.Time, s.Duration = from, to-from
			out = append(out, s)
		}
	}
	for _, s := range segments {
		from := int64(0)
		for i := range breaks {
			add(s, from, breaks[i].Start)
			from = breaks[i].Return
		}
		add(s, from, quantity.Never)
	}
	return out
}

// compare says where two lists differ. Slices of less than the tolerance of marks are
// left out: they may be one segment or none.
func compare(got, want []manifest.Segment, tolerance int64) string {
	got, want = long(got, tolerance), long(want, tolerance)
	near := func(a, b int64) bool { return a-b <= tolerance && b-a <= tolerance }
	for i := range min(len(got), len(want)) {
		g, w := &got[i], &want[i]
		if !near(g.Time, w.Time) || !near(g.Time+g.Duration, w.Time+w.Duration) || g.Identity != w.Identity {
			return fmt.Sprintf("slice %d is %d + %d (%x), want %d + %d (%x)", i, g.Time, g.Duration, g.Identity, w.Time, w.Duration, w.Identity)
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("%d slices, want %d", len(got), len(want))
	}
	return ""
}

func long(list []manifest.Segment, tolerance int64) (out []manifest.Segment) {
	for _, s := range list {
		if s.Duration > 2*tolerance+2 {
			out = append(out, s)
		}
	}
	return out
}
