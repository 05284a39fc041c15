package hls

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"stitcher/test/corpus"
)

// inflate reads one gzip member, its checksum and its length checked.
func inflate(t testing.TB, b []byte) []byte {
	t.Helper()
	in := bytes.NewReader(b)
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if in.Len() > 0 {
		t.Fatalf("%d bytes follow the member", in.Len())
	}
	return plain
}

// TestGzip: real playlists with ads anywhere inflate to what is written plain.
func TestGzip(t *testing.T) {
	var plain, packed, pieces int
	var g Gzip
	corpus.Each(t, "hls", ".m3u8", func(t *testing.T, name string, src []byte) {
		tpl, err := Compile(src, Options{Base: compileBase})
		if err != nil || len(tpl.Segments) == 0 {
			return
		}
		rnd := rand.New(rand.NewPCG(2, uint64(len(src))))
		plans := []*Plan{whole(tpl), {}}
		for range 8 {
			plans = append(plans, randomPlan(rnd, tpl))
		}
		for _, p := range plans {
			want := tpl.Append(nil, p)
			dst := g.Append([]byte("before"), tpl, p)
			if !bytes.HasPrefix(dst, []byte("before")) {
				t.Fatal("what dst held is gone")
			}
			if got := inflate(t, dst[len("before"):]); !bytes.Equal(got, want) {
				t.Fatalf("inflates to\n%s\nwant\n%s", got, want)
			}
			plain, packed = plain+len(want), packed+len(dst)
		}
		if p := tpl.ready(); p != nil {
			pieces += p.Count()
		}
	})
	t.Logf("%d bytes are %d, %d pieces", plain, packed, pieces)
}

// TestGzipStretches: a long playlist is put together from ready pieces wherever
// ads cut it, and is a seventh of its size.
func TestGzipStretches(t *testing.T) {
	tpl, p := benchPlaylist(t, 1000)
	var g Gzip
	want := tpl.Append(nil, p)
	got := g.Append(nil, tpl, p)
	if !bytes.Equal(inflate(t, got), want) {
		t.Error("inflates to something else")
	}
	if len(got)*7 > len(want) {
		t.Errorf("%d bytes are %d", len(want), len(got))
	}
	ready := tpl.ready()
	if n := ready.Count(); n != 1000/pieceSegments {
		t.Errorf("%d pieces", n)
	}
	for from := 0; from < 200; from += 7 {
		for to := from + 1; to < len(tpl.Segments); to += 61 {
			p := &Plan{Runs: []Run{{From: from, To: to}}}
			if !bytes.Equal(inflate(t, g.Append(nil, tpl, p)), tpl.Append(nil, p)) {
				t.Fatalf("segments %d to %d inflate to something else", from, to)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { got = g.Append(got[:0], tpl, p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestGzipTogether: many viewers ask for a new template's pieces at once.
func TestGzipTogether(t *testing.T) {
	tpl, p := benchPlaylist(t, 200)
	want := tpl.Append(nil, p)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var g Gzip
			if !bytes.Equal(inflate(t, g.Append(nil, tpl, p)), want) {
				t.Error("inflates to something else")
			}
		})
	}
	wg.Wait()
}

func BenchmarkGzip(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"live13", 13}, {"dvr1000", 1000}} {
		b.Run(c.name, func(b *testing.B) {
			tpl, p := benchPlaylist(b, c.n)
			var g Gzip
			dst := g.Append(nil, tpl, p)
			b.ReportAllocs()
			for b.Loop() {
				dst = g.Append(dst[:0], tpl, p)
			}
			b.ReportMetric(float64(len(tpl.Append(nil, p)))/float64(len(dst)), "times-smaller")
		})
	}
}
