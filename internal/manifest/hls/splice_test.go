package hls

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tracked is what a player has in force at a segment.
type tracked struct {
	uri, init, initKeys, keys, bytes string
	gap                              bool
}

var trackedAttribute = regexp.MustCompile(`KEYFORMAT="([^"]*)"`)

// track follows a playlist as a player would, and names what is in force at
// each segment by the lines that set it.
func track(text string) []tracked {
	var out []tracked
	keys := map[string]string{}
	joined := func() string { return strings.Join(slices.Sorted(maps.Values(keys)), " ") }
	var init, initKeys, ranged string
	end, gap := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#EXT-X-KEY:METHOD=NONE"):
			clear(keys)
		case strings.HasPrefix(line, "#EXT-X-KEY:"):
			format := "identity"
			if m := trackedAttribute.FindStringSubmatch(line); m != nil {
				format = m[1]
			}
			keys[format] = line
		case strings.HasPrefix(line, "#EXT-X-MAP:"):
			init, initKeys = line, joined()
		case strings.HasPrefix(line, "#EXT-X-BYTERANGE:"):
			length, offset, ok := strings.Cut(line[len("#EXT-X-BYTERANGE:"):], "@")
			if !ok {
				offset = end
			}
			ranged = length + "@" + offset
			var n, o int
			fmt.Sscan(length, &n)
			fmt.Sscan(offset, &o)
			end = fmt.Sprint(n + o)
		case line == "#EXT-X-GAP":
			gap = true
		case line != "" && line[0] != '#':
			out = append(out, tracked{line, init, initKeys, joined(), ranged, gap})
			gap = false
			if ranged == "" {
				end = ""
			}
			ranged = ""
		}
	}
	return out
}

// randomPlaylist is a playlist whose keys, MAPs and byte ranges change at any
// place, in any lawful order.
func randomPlaylist(rnd *rand.Rand) string {
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-TARGETDURATION:6\n")
	if rnd.IntN(2) == 0 {
		b.WriteString("#EXT-X-MEDIA-SEQUENCE:77\n")
	}
	formats := []string{"", "identity", "com.widevine", "com.apple"}
	ranged := rnd.IntN(2) == 0
	for i := range 4 + rnd.IntN(12) {
		for range rnd.IntN(4) {
			switch rnd.IntN(9) {
			case 0:
				b.WriteString("#EXT-X-DISCONTINUITY\n")
			case 1:
				b.WriteString("#EXT-X-KEY:METHOD=NONE\n")
			case 2, 3, 4:
				fmt.Fprintf(&b, `#EXT-X-KEY:METHOD=%s,URI="https://k/%d"`, []string{"AES-128", "SAMPLE-AES"}[rnd.IntN(2)], rnd.IntN(100))
				if f := formats[rnd.IntN(len(formats))]; f != "" {
					fmt.Fprintf(&b, `,KEYFORMAT="%s"`, f)
				}
				if rnd.IntN(2) == 0 {
					b.WriteString(",IV=0x1234")
				}
				b.WriteString("\n")
			case 5, 6:
				fmt.Fprintf(&b, "#EXT-X-MAP:URI=\"https://m/%d\"\n", rnd.IntN(100))
			case 7:
				fmt.Fprintf(&b, "#EXT-X-BITRATE:%d\n", rnd.IntN(100))
			case 8:
				b.WriteString("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n")
			}
		}
		if ranged {
			fmt.Fprintf(&b, "#EXT-X-BYTERANGE:%d", 100+rnd.IntN(100))
			if i == 0 || rnd.IntN(4) == 0 {
				fmt.Fprintf(&b, "@%d", 1000*i)
			}
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "#EXTINF:6,\nhttps://s/%d.ts\n", i)
	}
	return b.String()
}

// TestSpliceState puts random ads into random playlists: whatever order keys,
// MAPs and byte ranges were set in, a player finds at each content segment
// what it would find there without ads, and at an ad no key and no
// initialization section but its own.
func TestSpliceState(t *testing.T) {
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(7, seed))
		src := randomPlaylist(rnd)
		tpl, err := Compile([]byte(src), Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		base := track(string(tpl.Append(nil, whole(tpl))))
		p := randomPlan(rnd, tpl)
		out := string(tpl.Append(nil, p))
		got := track(out)
		i := 0
		for _, r := range p.Runs {
			if r.Ad != nil {
				for range r.Ad.To - r.Ad.From {
					if is := got[i]; is.keys != "" || !is.gap && (is.initKeys != "" || strings.Contains(is.init, "/tm/h/"+r.Ad.Asset+"/") != (r.Ad.Rendition.Init != "") || r.Ad.Rendition.Init == "" && is.init != "") {
						t.Fatalf("seed %d: an ad under %+v\n%s", seed, is, out)
					}
					i++
				}
				continue
			}
			for j := r.From; j < r.To; j++ {
				if want := base[j]; got[i] != want {
					t.Fatalf("seed %d: segment %d under\n%+v, want\n%+v\n%s\nof\n%s", seed, j, got[i], want, out, src)
				}
				i++
			}
		}
	}
}
