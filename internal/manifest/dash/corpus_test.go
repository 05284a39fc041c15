package dash

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/presentation"
	"stitcher/test/corpus"
)

var testBase = &url.URL{Scheme: "https", Host: "origin.example", Path: "/live/a/manifest.mpd", RawQuery: "token=1"}

// gone are the elements that no output has.
var gone = regexp.MustCompile(`(?s)\s*<(Location|PatchLocation)\b[^>]*>.*?</(Location|PatchLocation)>|\s*<InbandEventStream\b[^>]*urn:mpeg:dash:event:2012[^>]*?(/>|>\s*</InbandEventStream>)`)

// TestLossless: with an empty plan every byte of an MPD is written but for the
// documented removals (design §5, DASH law 6).
func TestLossless(t *testing.T) {
	count, refused := 0, 0
	corpus.Each(t, "dash", ".mpd", func(t *testing.T, name string, src []byte) {
		tpl, err := Compile(src, presentation.Options{Passthrough: true})
		if err != nil {
			t.Log(err)
			refused++
			return
		}
		count++
		got := tpl.At(1_700_000_000_000_000).Append(nil, &Plan{})
		want := src
		if strings.Contains(string(src), "resolve-to-zero") {
			return
		}
		want = gone.ReplaceAll(want, nil)
		if !bytes.Equal(got, want) {
			i := 0
			for i < len(got) && i < len(want) && got[i] == want[i] {
				i++
			}
			t.Errorf("byte %d: got …%.200s, want …%.200s", i, got[max(0, i-60):], want[max(0, i-60):])
		}
	})
	t.Logf("%d written, %d refused", count, refused)
}

// plans are plans with breaks at several places of a view, in different states.
func plans(v *View) []*Plan {
	out := []*Plan{{}, {ID: "s", Location: "https://s.example/m?a=1&b=2", Published: 1_700_000_000_123_456}}
	n := len(v.Segments)
	if n == 0 {
		return out
	}
	tracks := map[string]string{}
	for _, track := range v.Tracks() {
		switch track.Kind {
		case "video":
			tracks[track.ID] = "v0"
		case "audio":
			tracks[track.ID] = "a0"
		}
	}
	asset := testAsset()
	// The ads of a break begin before content is back, and so do their segments.
	items := func(at int64, id string, n int, back int64) (out []Item) {
		for i := range n {
			it := Item{Start: at + int64(i)*asset.Duration, Asset: asset, Tracks: tracks, Media: "https://ads.example/" + id}
			for it.Segments < 3 && (back < 0 || it.Start+asset.Through(it.Segments)+100_000 < back) {
				it.Segments++
			}
			if it.Segments > 0 {
				out = append(out, it)
			}
		}
		return out
	}
	at := func(i int) int64 { return v.Position(min(i, n)) }
	for _, from := range []int{0, n / 3, n - 1, n} {
		start := at(from)
		if !v.Dynamic() || v.Total >= 0 {
			// Nothing is open in it, and nothing is replaced beyond its end.
			out = append(out, &Plan{Breaks: []Break{{ID: "a", Start: start, Return: start, Items: items(start, "a", 2, -1)}}})
			if back := at(from + 2); back > start {
				out = append(out, &Plan{Breaks: []Break{{ID: "a", Start: start, Return: back, Items: items(start, "a", 2, back)}}})
			}
			continue
		}
		open := Break{ID: "a", Start: start, Return: -1, Items: items(start, "a", 1, -1)}
		out = append(out,
			&Plan{Until: start},
			&Plan{Now: start, Breaks: []Break{{ID: "a", Start: start, Return: -1}}},
			&Plan{Now: start, Breaks: []Break{open}},
			&Plan{Now: start, Breaks: []Break{{ID: "a", Start: start, Return: at(from + 2), Items: items(start, "a", 2, at(from+2))}}},
			&Plan{Now: start, Breaks: []Break{{ID: "a", Start: start, Return: start + 4_534_567, Items: items(start, "a", 1, start+4_534_567)}}},
			&Plan{Now: start, Breaks: []Break{{ID: "a", Start: start, Return: start, Items: items(start, "a", 2, -1)}}},
		)
	}
	if !v.Dynamic() || v.Total >= 0 || n < 8 {
		return out
	}
	first, second := at(n/4), at(n/2)
	out = append(out, &Plan{Now: second, Breaks: []Break{
		{ID: "a", Start: first, Return: at(n/4 + 1), Items: items(first, "a", 1, at(n/4+1))},
		{ID: "b", Start: second, Return: -1, Items: items(second, "b", 2, -1)},
	}})
	return out
}

// TestLawful: what is written with ads can be read again, and obeys the laws that one
// MPD can break. Where the origin breaks them, so may we.
func TestLawful(t *testing.T) {
	count := 0
	corpus.Each(t, "dash", ".mpd", func(t *testing.T, _ string, src []byte) {
		tpl, err := Compile(src, presentation.Options{Base: testBase})
		if err != nil {
			return
		}
		v := tpl.At(1_700_000_000_000_000)
		if len(broken(tpl)) > 0 {
			return
		}
		for i, p := range plans(v) {
			count++
			text := v.Append(nil, p)
			again, err := Compile(text, presentation.Options{Base: testBase})
			if err != nil {
				if strings.Contains(err.Error(), "no Period") {
					continue // all content is held back
				}
				t.Fatalf("plan %d: %v\n%s", i, err, text)
			}
			if laws := broken(again); len(laws) > 0 {
				t.Fatalf("plan %d: %q\n%s", i, laws, text)
			}
		}
	})
	t.Logf("%d MPDs", count)
}
