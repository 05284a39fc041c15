package dash

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"stitcher/internal/manifest/dash/presentation"
	"stitcher/test/corpus"
)

func inflate(t testing.TB, b []byte) []byte {
	t.Helper()
	in := bytes.NewReader(b)
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	plain, err := io.ReadAll(z)
	if err != nil || in.Len() > 0 {
		t.Fatalf("%v, %d bytes follow the member", err, in.Len())
	}
	return plain
}

// benchMPD has two timelines of n entries and a break of two ads in the middle.
func benchMPD(t testing.TB, n int) (*View, *Plan) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" publishTime="2026-01-01T01:00:00Z" minimumUpdatePeriod="PT2S" minBufferTime="PT2S">
  <Period id="p" start="PT0S">
`)
	for i, kind := range []string{"video", "audio"} {
		scale := []int{90_000, 48_000}[i]
		fmt.Fprintf(&b, `    <AdaptationSet id="%d" contentType="%s" mimeType="%s/mp4">
      <SegmentTemplate timescale="%d" media="$RepresentationID$/$Time$.m4s" initialization="$RepresentationID$/i.mp4">
        <SegmentTimeline>
`, i, kind, kind, scale)
		at := 0
		for k := range n {
			d := 2*scale + []int{0, 1024, -1024}[k%3]
			fmt.Fprintf(&b, "          <S t=\"%d\" d=\"%d\"/>\n", at, d)
			at += d
		}
		fmt.Fprintf(&b, `        </SegmentTimeline>
      </SegmentTemplate>
      <Representation id="%s" bandwidth="%d" codecs="%s"/>
    </AdaptationSet>
`, kind[:1], 1_000_000-i*900_000, []string{"avc1.64001f", "mp4a.40.2"}[i])
	}
	b.WriteString("  </Period>\n</MPD>\n")
	tpl, err := Compile([]byte(b.String()), presentation.Options{Base: testBase})
	if err != nil {
		t.Fatal(err)
	}
	v := tpl.At(0)
	from, to := v.Segments[n/2].Time, v.Segments[n/2+5].Time
	tracks := map[string]string{"v": "v0", "a": "a0"}
	return v, &Plan{
		Now: to + 60_000_000, ID: "session", Location: "https://stitcher.example/v1/dash/h/c/m.mpd?aws.sessionId=1", Published: to,
		Breaks: []Break{{ID: "77", Start: from, Return: to, Items: []Item{
			{Start: from, Segments: 3, Asset: testAsset(), Media: "https://ads.example/s/1", Tracks: tracks},
			{Start: from + 5_000_000, Segments: 3, Asset: testAsset(), Media: "https://ads.example/s/2", Tracks: tracks},
		}}},
	}
}

// TestGzip: what is written compressed is what is written plain, for the MPDs of the
// corpus with and without ads.
func TestGzip(t *testing.T) {
	var g Gzip
	corpus.Each(t, "dash", ".mpd", func(t *testing.T, _ string, src []byte) {
		tpl, err := Compile(src, presentation.Options{Base: testBase})
		if err != nil {
			return
		}
		v := tpl.At(1_700_000_000_000_000)
		for _, p := range plans(v) {
			want := v.Append(nil, p)
			got := g.Append([]byte("before"), v, p)
			if !bytes.Equal(inflate(t, got[len("before"):]), want) {
				t.Fatal("inflates to something else")
			}
		}
	})
}

// TestGzipLong: a long MPD is put together from ready pieces, without allocation.
func TestGzipLong(t *testing.T) {
	v, p := benchMPD(t, 900)
	var g Gzip
	want := v.Append(nil, p)
	got := g.Append(nil, v, p)
	if !bytes.Equal(inflate(t, got), want) {
		t.Error("inflates to something else")
	}
	if len(got)*5 > len(want) {
		t.Errorf("%d bytes are %d", len(want), len(got))
	}
	dst := make([]byte, 0, 2*len(want))
	if n := testing.AllocsPerRun(100, func() { v.Append(dst, p) }); n != 0 {
		t.Errorf("%v allocations of Append", n)
	}
	if n := testing.AllocsPerRun(100, func() { got = g.Append(got[:0], v, p) }); n != 0 {
		t.Errorf("%v allocations of Gzip.Append", n)
	}
}

// TestTogether: many viewers ask for a new MPD at once; its pieces and the texts of its
// ads are made once for all of them.
func TestTogether(t *testing.T) {
	v, p := benchMPD(t, 200)
	want := v.Append(nil, p)
	src, _ := v.Source()
	again, err := Compile(src, presentation.Options{Base: testBase})
	if err != nil {
		t.Fatal(err)
	}
	again.Like(v.Template)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var g Gzip
			if !bytes.Equal(inflate(t, g.Append(nil, again.At(p.Now), p)), want) {
				t.Error("inflates to something else")
			}
		})
	}
	wg.Wait()
	it := &p.Breaks[0].Items[0]
	if again.ads.Text(0, it.Asset, it.Tracks) != v.ads.Text(0, it.Asset, it.Tracks) {
		t.Error("two texts of one ad")
	}
}

func BenchmarkAppend(b *testing.B) {
	v, p := benchMPD(b, 900)
	dst := v.Append(nil, p)
	b.Run("splice", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dst = v.Append(dst[:0], p)
		}
	})
	b.Run("copy", func(b *testing.B) {
		src := bytes.Clone(dst)
		for b.Loop() {
			dst = append(dst[:0], src...)
		}
	})
	b.Run("gzip", func(b *testing.B) {
		var g Gzip
		b.ReportAllocs()
		for b.Loop() {
			dst = g.Append(dst[:0], v, p)
		}
	})
	b.Run("compile", func(b *testing.B) {
		src, base := v.Source()
		for b.Loop() {
			if _, err := Compile(src, presentation.Options{Base: base}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
