package ledger

import (
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
)

// typed compiles a dated playlist from "number mark mark…" a segment; a mark
// TYPE:SECONDS#ID is an EXT-X-SCTE35, "in" a CUE-IN.
func typed(t *testing.T, head int, segments ...string) *hls.Template {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:%d\n", head)
	for i, s := range segments {
		for _, mark := range strings.Fields(s) {
			if mark == "in" {
				b.WriteString("#EXT-X-CUE-IN\n")
				continue
			}
			kind, rest, _ := strings.Cut(mark, ":")
			seconds, id, _ := strings.Cut(rest, "#")
			fmt.Fprintf(&b, "#EXT-X-SCTE35:TYPE=0x%s,DURATION=%s,ID=%q\n", kind, seconds, id)
		}
		date := epochStart.Add(secondsOf(4 * (head + i)))
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4,\ns%d.ts\n", date.Format("2006-01-02T15:04:05.000Z"), head+i)
	}
	tpl, err := hls.Compile([]byte(b.String()), hls.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// TestTypes: what segmentation types come to in the ledger (field failures
// B-31, B-33).
func TestTypes(t *testing.T) {
	for _, c := range []struct {
		name     string
		segments []string
		want     string
		overlays string
	}{
		{"a break with two ads in it is one avail", []string{"", "22:16#b 30:8#1", "", "31:0#1 30:8#2", "", "31:0#2 23:0#b"}, "0.1-5 announced", ""},
		{"a break without a length ends with the break", []string{"", "22:0#b 30:8#1", "", "31:0#1 30:8#2", "", "31:0#2 23:0#b", ""}, "0.1-5 signal", ""},
		{"opportunities in one another", []string{"", "34:16#a", "36:4#b", "37:0#b", "", "35:0#a"}, "0.1-5 announced", ""},
		{"an early end", []string{"", "34:40#a", "", "35:0#a", ""}, "0.1-3 signal", ""},
		{"an end of another id", []string{"", "34:40#a", "", "35:0#b", ""}, "0.1-3 signal", ""},
		{"an inner end with the avail's id", []string{"", "34:40#a", "", "31:0#a", ""}, "0.1-3 signal", ""},
		{"a CUE-IN ends whatever is open", []string{"", "22:40#a", "", "in", ""}, "0.1-3 signal", ""},
		{"ads one after another are avails", []string{"", "30:8#1", "", "31:0#1 32:8#2", "", "33:0#2"}, "0.1-3 announced, 0.3-5 announced", ""},
		{"an overlay is no avail", []string{"", "38:8#o", "", "39:0#o", ""}, "", "0.1 8 o"},
		{"a repeated overlay is one", []string{"", "38:8#o", "38:8#o", "39:0#o", "38:8#o"}, "", "0.1 8 o, 0.4 8 o"},
		{"an overlay in an avail", []string{"", "34:12#a", "38:4#o", "39:0#o", "35:0#a"}, "0.1-4 announced", "0.2 4 o"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			s := openStream(t, m)
			for n := 1; n <= len(c.segments); n++ {
				from := max(0, n-4)
				if _, err := s.Accept(t.Context(), origin.Reference, "", typed(t, from, c.segments[from:n]...), epochStart.Add(secondsOf(4*n))); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range []*Stream{s, openStream(t, m)} {
				var overlays []string
				for _, o := range s.Overlays() {
					overlays = append(overlays, fmt.Sprintf("%s %d %s", o.Key, o.Duration/second, o.EventID))
				}
				if got := ledger(s); strings.ReplaceAll(got, " (after unknown)", "") != c.want {
					t.Errorf("ledger: %s\nwant:   %s", got, c.want)
				}
				if got := strings.Join(overlays, ", "); got != c.overlays {
					t.Errorf("overlays: %s, want %s", got, c.overlays)
				}
			}
		})
	}
}
