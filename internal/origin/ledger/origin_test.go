package ledger

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// newMemory is an empty store.
func newMemory() *memory.Facts { return memory.NewFacts(time.Now) }

// epochStart is the date of second zero in sketches.
var epochStart = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

// sketch compiles a playlist from shorthand: "head@seconds" and then one word a
// segment, its length followed by what stands before it:
//
//	o20   CUE-OUT of 20 s      o     CUE-OUT without a length
//	#id   the id of the Out    i     CUE-IN
//	c     CUE-OUT-CONT         d     DISCONTINUITY
//	v     an overlay begins    w     an overlay ends
//	+5    the date steps by 5  *x    the URI has x in it
//
// A word "end" is EXT-X-ENDLIST. A head without "@seconds" has no dates.
func sketch(t *testing.T, text string) *hls.Template {
	t.Helper()
	words := strings.Fields(text)
	head, start, dated := strings.Cut(words[0], "@")
	sequence, err := strconv.Atoi(head)
	if err != nil {
		t.Fatalf("sketch %q: %v", text, err)
	}
	at, _ := strconv.ParseFloat(start, 64)
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:%d\n", sequence)
	for _, w := range words[1:] {
		if w == "end" {
			b.WriteString("#EXT-X-ENDLIST\n")
			continue
		}
		n := strings.IndexFunc(w, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		if n < 0 {
			n = len(w)
		}
		length, err := strconv.ParseFloat(w[:n], 64)
		if err != nil {
			t.Fatalf("sketch %q: %v", w, err)
		}
		uri := fmt.Sprintf("s%d.ts", sequence)
		for marks := w[n:]; marks != ""; {
			mark, rest := marks[0], marks[1:]
			end := strings.IndexAny(rest, "oicdvw+*")
			if end < 0 {
				end = len(rest)
			}
			value := rest[:end]
			marks = rest[end:]
			switch mark {
			case 'o':
				duration, id, named := strings.Cut(value, "#")
				var attributes []string
				if duration != "" {
					attributes = append(attributes, "DURATION="+duration)
				}
				if named {
					attributes = append(attributes, fmt.Sprintf("BREAKID=%q", id))
				}
				b.WriteString("#EXT-X-CUE-OUT")
				if len(attributes) > 0 {
					b.WriteString(":" + strings.Join(attributes, ","))
				}
				b.WriteString("\n")
			case 'i':
				b.WriteString("#EXT-X-CUE-IN\n")
			case 'c':
				b.WriteString("#EXT-X-CUE-OUT-CONT\n")
			case 'v':
				b.WriteString("#EXT-X-SCTE35:TYPE=0x38,DURATION=4\n")
			case 'w':
				b.WriteString("#EXT-X-SCTE35:TYPE=0x39\n")
			case 'd':
				b.WriteString("#EXT-X-DISCONTINUITY\n")
			case '+':
				step, err := strconv.ParseFloat(value, 64)
				if err != nil {
					t.Fatalf("sketch %q: %v", w, err)
				}
				at += step
			case '*':
				uri = value + uri
			default:
				t.Fatalf("sketch %q: %q means nothing", w, mark)
			}
		}
		if dated {
			date := epochStart.Add(time.Duration(at * float64(time.Second)))
			fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", date.Format("2006-01-02T15:04:05.000Z"))
		}
		fmt.Fprintf(&b, "#EXTINF:%.3f,\n%s\n", length, uri)
		at += length
		sequence++
	}
	tpl, err := hls.Compile([]byte(b.String()), hls.Options{Base: &url.URL{Scheme: "http", Host: "origin.example", Path: "/"}})
	if err != nil {
		t.Fatalf("sketch %q: %v\n%s", text, err, b.String())
	}
	return tpl
}

// open is a stream over a store.
func openStream(t *testing.T, m store.Facts) *Stream {
	t.Helper()
	s, err := Open(t.Context(), m, "channel", Options{Maximum: 60 * second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ledger writes an epoch's avails: "sequence-end length cause", "Late n" or
// "joined" where that is so.
func ledger(s *Stream) string {
	var out []string
	for epoch := range s.epochs {
		for _, sp := range s.Spans(epoch) {
			end := "?"
			if sp.End != origin.Open {
				end = fmt.Sprint(sp.End)
			}
			text := fmt.Sprintf("%s-%s", sp.Key, end)
			if sp.Cause != "" {
				text += " " + string(sp.Cause)
			}
			if sp.Late > 0 {
				text += fmt.Sprintf(" late %g", float64(sp.Late)/1e6)
			}
			if sp.Joined {
				text += " joined"
			}
			if sp.End != origin.Open && sp.After == origin.Unknown && sp.Cause != origin.EndStream {
				text += " (after unknown)"
			}
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}
