package hls

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/dates"
	"stitcher/internal/manifest/hls/syntax"
	"stitcher/test/corpus"
)

var spliceRewrite = flag.Bool("update-splice", false, "rewrite what testdata/splice wants")

// TestSpliceStories writes playlists from plans. A story has the file
// origin.m3u8 (with cr for CRLF line ends, bom for a byte order mark), a plan,
// perhaps options, and want.m3u8; a story may have several plans with their
// wants after one another. The first line of its comment names the failure
// that it pins.
func TestSpliceStories(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "splice", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d stories: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			story, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			tellSplice(t, story)
			if *spliceRewrite {
				if err := os.WriteFile(name, txtar.Format(story), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func tellSplice(t *testing.T, story *txtar.Archive) {
	o := Options{Base: &url.URL{Scheme: "https", Host: "origin.example", Path: "/live/v.m3u8"}}
	var tpl *Template
	var got string
	for i := range story.Files {
		f := &story.Files[i]
		text := string(f.Data)
		switch name := f.Name; {
		case name == "options":
			for line := range strings.Lines(text) {
				switch w := strings.Fields(line); w[0] {
				case "passthrough":
					o.Passthrough = true
				case "query":
					o.Query = w[1]
				case "prefix":
					o.ContentFrom, o.ContentTo = w[1], w[2]
				}
			}
		case strings.HasPrefix(name, "origin."):
			if strings.Contains(name, ".cr.") {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			if strings.Contains(name, ".bom.") {
				text = "\ufeff" + text
			}
			var err error
			if tpl, err = Compile([]byte(text), o); err != nil {
				t.Fatal(err)
			}
		case strings.HasPrefix(name, "plan"):
			out := string(tpl.Append(nil, readPlan(t, tpl, text)))
			if got = strings.ReplaceAll(out, "\r\n", "\n"); got != out && strings.Contains(strings.ReplaceAll(out, "\r\n", ""), "\n") {
				t.Errorf("mixed line ends:\n%q", out)
			}
		default:
			if *spliceRewrite {
				f.Data = []byte(got)
			}
			if got != text && !*spliceRewrite {
				t.Errorf("%s%s is\n%s\n%s", story.Comment, f.Name, got, corpus.Difference(text, got))
			}
		}
	}
}

// readPlan reads "sequence 7", "discontinuity 1", "content 0 3 [splice] [by 30]",
// "shift 2026-… 30" (the dates of ranges from then on, by seconds),
// "ad id from to number [date 2026-…] [init] [left]", "direct", "tail". Ads have
// segments of 3.066667, 3 and 2.9666 seconds.
func readPlan(t *testing.T, tpl *Template, text string) *Plan {
	p := &Plan{
		Sequence: tpl.Sequence, Discontinuity: tpl.Discontinuity,
		SegmentPrefix: "../segment/s/0/", AssetPrefix: "/tm/h/", Query: "?x=1",
	}
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		has := func(s string) int {
			for i := range w {
				if w[i] == s {
					return i
				}
			}
			return 0
		}
		switch w[0] {
		case "sequence":
			fmt.Sscan(w[1], &p.Sequence)
		case "discontinuity":
			fmt.Sscan(w[1], &p.Discontinuity)
		case "direct":
			p.SegmentPrefix = ""
		case "tail":
			p.Tail = true
		case "content":
			var r Run
			fmt.Sscan(w[1]+" "+w[2], &r.From, &r.To)
			r.Splice = has("splice") > 0
			if i := has("by"); i > 0 {
				r.Shift, _ = syntax.ParseSeconds([]byte(w[i+1]))
			}
			p.Runs = append(p.Runs, r)
		case "shift":
			var s dates.Shift
			s.At, _ = syntax.ParseDate([]byte(w[1]))
			s.By, _ = syntax.ParseSeconds([]byte(w[2]))
			p.Shifts = append(p.Shifts, s)
		case "ad":
			a := &AdRun{Asset: w[1], Discontinuity: has("left") == 0, Rendition: &avail.AssetRendition{}}
			fmt.Sscan(strings.Join(w[2:5], " "), &a.From, &a.To, &a.Number)
			for i, d := range []int64{3_066_667, 3_000_000, 2_966_600} {
				a.Rendition.Segments = append(a.Rendition.Segments, avail.AssetSegment{Name: fmt.Sprintf("v0_%d.ts", i), Duration: d})
			}
			if has("init") > 0 {
				a.Rendition.Init = "v0_init.mp4"
			}
			if i := has("date"); i > 0 {
				if a.Time, a.Dated = syntax.ParseDate([]byte(w[i+1])); !a.Dated {
					t.Fatalf("no date in %q", line)
				}
			}
			p.Runs = append(p.Runs, Run{Ad: a})
		default:
			t.Fatalf("no plan: %q", line)
		}
	}
	return p
}
