package hls

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// benchPlaylist is a live playlist of n segments with a break every ten
// minutes, and a plan that fills each with two ads.
func benchPlaylist(tb testing.TB, n int) (*Template, *Plan) {
	tpl, err := Compile([]byte(benchText(n)), Options{Base: compileBase})
	if err != nil {
		tb.Fatal(err)
	}
	p := &Plan{Sequence: tpl.Sequence, SegmentPrefix: "../../../../segment/43f3e412052f2808dd84ea1da90e92e914edddee/cfg/ee1696a8-4f7f-4c4c-99de-9821131847e8/0/", AssetPrefix: "/tm/43f3e412052f2808dd84ea1da90e92e914edddee/", Tail: true}
	ad := testAd("", tpl.Target)
	at, number := 0, p.Sequence
	for start := 6; start+4 <= n; start += 100 {
		p.Runs = append(p.Runs, Run{From: at, To: start, Splice: at > 0})
		number += int64(start - at)
		for _, id := range []string{"4f2a9c", "77ab01"} {
			p.Runs = append(p.Runs, Run{Ad: &AdRun{Asset: id, Rendition: ad, To: 3, Discontinuity: true, Time: tpl.Segments[start].Time, Dated: true, Number: number}})
			number += 3
		}
		at = start + 3
	}
	p.Runs = append(p.Runs, Run{From: at, To: n, Splice: at > 0})
	return tpl, p
}

func benchText(n int) string {
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:8779957\n")
	for i := range n {
		switch i % 100 {
		case 0:
			fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:2026-11-23T%02d:%02d:%02d.000Z\n", i*6/3600%24, i*6/60%60, i*6%60)
		case 6:
			b.WriteString("#EXT-OATCLS-SCTE35:" + cueInsert + "\n#EXT-X-CUE-OUT:18.000\n")
		case 7, 8:
			fmt.Fprintf(&b, "#EXT-X-CUE-OUT-CONT:ElapsedTime=%d.000,Duration=18\n", i%100*6-36)
		case 9:
			b.WriteString("#EXT-X-CUE-IN\n")
		}
		fmt.Fprintf(&b, "#EXTINF:6.000,\nhttps://cdn.example.com/out/v1/e309ffd02ba8498d864dcaacff7a5ad9/index_1_%d.ts?m=1566416212\n", 8779957+i)
	}
	return b.String()
}

// fuzzPlan splices random ads into a template and follows what is in force.
func fuzzPlan(t *testing.T, tpl *Template, seed uint64) {
	base := track(string(tpl.Append(nil, whole(tpl))))
	p := randomPlan(rand.New(rand.NewPCG(3, seed)), tpl)
	got := track(string(tpl.Append(nil, p)))
	count := 0
	for _, r := range p.Runs {
		if r.Ad != nil {
			count += r.Ad.To - r.Ad.From
			continue
		}
		for j := r.From; j < r.To; j++ {
			if count < len(got) && j < len(base) && got[count].uri != base[j].uri {
				t.Fatalf("segment %d is %q, want %q", j, got[count].uri, base[j].uri)
			}
			count++
		}
	}
	if len(got) != count {
		t.Fatalf("%d segments, want %d", len(got), count)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"live13", 13}, {"dvr1000", 1000}} {
		b.Run(c.name, func(b *testing.B) {
			tpl, p := benchPlaylist(b, c.n)
			dst := tpl.Append(nil, p)
			b.SetBytes(int64(len(dst)))
			b.ReportAllocs()
			for b.Loop() {
				dst = tpl.Append(dst[:0], p)
			}
		})
	}
}

// BenchmarkCopy copies what BenchmarkAppend writes: the floor.
func BenchmarkCopy(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"live13", 13}, {"dvr1000", 1000}} {
		b.Run(c.name, func(b *testing.B) {
			tpl, p := benchPlaylist(b, c.n)
			src := tpl.Append(nil, p)
			dst := make([]byte, 0, len(src))
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				dst = append(dst[:0], src...)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	src := []byte(benchText(1000))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(src, Options{Base: compileBase}); err != nil {
			b.Fatal(err)
		}
	}
}
