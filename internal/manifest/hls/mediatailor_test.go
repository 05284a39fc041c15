package hls

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/test/corpus"
)

// TestMediaTailorExample makes of the template in MediaTailor's guide what its
// guide makes of it: the same segments with the same numbers, durations, tags
// and URIs. Five ad segments replace the three content segments that end
// within them.
func TestMediaTailorExample(t *testing.T) {
	dir := filepath.Join(corpus.Dir(t, "hls"), "aws-docs")
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		// Its URIs are indented, for print.
		return []byte(strings.ReplaceAll(string(b), "\n    ", "\n"))
	}
	base, err := url.Parse("https://10380e91fda5e303.mediapackage.us-west-2.amazonaws.com/out/v1/e309ffd02ba8498d864dcaacff7a5ad9/index_1.m3u8")
	if err != nil {
		t.Fatal(err)
	}
	tpl, err := Compile(read("mediatailor__manifest-hls-example__2.m3u8"), Options{Base: base})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := describeSignals(tpl), "3:out 20.020 id 4026531846 cue /DAlAAAA; 4:cont 21.000 at 0.634 cue /DAlAAAA"; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "8:in") {
		t.Errorf("signals are %s", got)
	}
	ad := &avail.AssetRendition{}
	for _, d := range []int64{3_066_667, 3_000_000, 3_000_000, 3_000_000, 2_966_667} {
		ad.Segments = append(ad.Segments, avail.AssetSegment{Name: "asset_720_3_1_00001", Duration: d})
	}
	got, _ := listing.Read(tpl.Append(nil, &Plan{
		Sequence:      tpl.Sequence,
		SegmentPrefix: "../../../../segment/43f3e412052f2808dd84ea1da90e92e914edddee/external-canary-hls/ee1696a8-4f7f-4c4c-99de-9821131847e8/0/",
		Runs: []Run{
			{To: 3},
			{Ad: &AdRun{Rendition: ad, To: 5, Discontinuity: true, Number: 8779960}},
			{From: 6, To: len(tpl.Segments), Splice: true},
		},
		Tail: true,
	}))
	want, _ := listing.Read(read("mediatailor__manifest-hls-example__4.m3u8"))
	if got.Sequence != want.Sequence || got.Target != want.Target || len(got.Segments) != len(want.Segments) {
		t.Fatalf("got %+v\nwant %+v", got, want)
	}
	for i := range want.Segments {
		g, w := got.Segments[i], want.Segments[i]
		if g.URI != w.URI || g.Duration != w.Duration || g.Discontinuity != w.Discontinuity || g.DiscontinuityNumber != w.DiscontinuityNumber || g.Sequence != w.Sequence {
			t.Errorf("segment %d is %+v, want %+v", i, g, w)
		}
	}
}
