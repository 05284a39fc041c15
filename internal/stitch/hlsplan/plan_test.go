package hlsplan

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store/memory"
)

// TestPlan: what a playlist lists in the stages of an avail. c is content, by the origin's number,
// a is an ad segment, | a discontinuity; the number before the colon is the media sequence.
func TestPlan(t *testing.T) {
	const first, second = 10, int64(1_000_000)
	ad := &avail.Asset{ID: "ad", Duration: 12 * second, Renditions: []avail.AssetRendition{{Name: "v0", Segments: []avail.AssetSegment{
		{Name: "1.ts", Duration: 4 * second}, {Name: "2.ts", Duration: 4 * second}, {Name: "3.ts", Duration: 4 * second},
	}}}}
	pod := &pods.Pod{Items: []*avail.Asset{ad}, Kinds: []avail.ItemKind{avail.AdItem}, Reference: "v0"}
	for name, c := range map[string]struct {
		fill func(ref *origin.View, f *pods.Fill) // nil is no avail
		hold bool                                 // the output is held back at segment 14
		want string
	}{
		"no avail":             {want: "10: c10 c11 c12 c13 c14 c15 c16 c17 c18 c19"},
		"its decision awaited": {hold: true, want: "10: c10 c11 c12 c13"},
		"its pod has begun": {
			fill: func(_ *origin.View, f *pods.Fill) { f.Listed, f.Items = 2, 1 }, want: "10: c10 c11 c12 c13 | a1 a2",
		},
		"content has returned": {
			fill: func(ref *origin.View, f *pods.Fill) {
				f.Listed, f.Items, f.Number, f.Numbered = 3, 1, 2, true
				f.Settle(17, ref.Times[7], 0)
			},
			want: "10: c10 c11 c12 c13 | a1 a2 a3 | c17 c18 c19",
		},
		"it was left to content": {
			fill: func(_ *origin.View, f *pods.Fill) { f.Content = true }, want: "10: c10 c11 c12 c13 c14 c15 c16 c17 c18 c19",
		},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1_800_000_000, 0)
			stream, err := ledger.Open(t.Context(), memory.NewFacts(func() time.Time { return now }), "c", ledger.Options{Maximum: 300e6})
			if err != nil {
				t.Fatal(err)
			}
			ref, err := stream.Accept(t.Context(), origin.Reference, "", playlist(t, first, 10), now)
			if err != nil {
				t.Fatal(err)
			}
			run := &pods.Run{Epoch: ref.Epoch, Begin: first, Base: records.NewFold(ref.Epoch, first, 1)}
			if c.fill != nil {
				f := pods.Fill{Key: avail.Key{Sequence: 14}, Start: 14, Time: ref.Times[4], Back: pods.Unknown, Pod: pod}
				c.fill(ref, &f)
				run.Fills = append(run.Fills, f)
			}
			in := Input{Run: run, Cuts: stream, Name: origin.Reference, Track: "v0", Ref: ref, View: ref}
			if c.hold {
				in.Hold = pods.Held{Active: true, Sequence: 14, Time: ref.Times[4], Avail: 14}
			}
			var plan hls.Plan
			if err := Plan(t.Context(), in, &plan, new(Pool)); err != nil {
				t.Fatal(err)
			}
			if got := told(string(TemplateOf(ref).Append(nil, &plan))); got != c.want {
				t.Errorf("the playlist lists %s, want %s", got, c.want)
			}
		})
	}
}

// playlist is a window of n segments of four seconds.
func playlist(t *testing.T, first, n int) *hls.Template {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:%d\n", first)
	for i := first; i < first+n; i++ {
		at := time.Unix(1_800_000_000+int64(4*i), 0).UTC()
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4.000,\nc%d\n", at.Format("2006-01-02T15:04:05.000Z"), i)
	}
	tpl, err := hls.Compile([]byte(b.String()), hls.Options{Base: &url.URL{Scheme: "http", Host: "o.example", Path: "/"}})
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// told is what a playlist lists.
func told(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#EXT-X-MEDIA-SEQUENCE:"):
			b.WriteString(strings.TrimPrefix(line, "#EXT-X-MEDIA-SEQUENCE:") + ":")
		case line == "#EXT-X-DISCONTINUITY":
			b.WriteString(" |")
		case strings.HasPrefix(line, "#"), line == "":
		case strings.HasSuffix(line, ".ts"):
			number := line[strings.LastIndexByte(line, '/')+1:]
			b.WriteString(" a" + strings.TrimSuffix(number, ".ts"))
		default:
			b.WriteString(" " + line[strings.LastIndexByte(line, '/')+1:])
		}
	}
	return b.String()
}
