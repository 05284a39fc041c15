package matrix

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/transcodecache/profile"
)

// subtitles are a text rendition of the channel with an initialization section.
func subtitles(name string) *rendition {
	r := lay(name, "text", 300*sec, 4*sec).fragmented()
	r.header = []string{fmt.Sprintf(`#EXT-X-MAP:URI="%s_init.mp4"`, strings.TrimSuffix(name, ".m3u8"))}
	return r
}

// initSection is the initialization section of a text track.
func initSection(t *testing.T, codec, language string) []byte {
	t.Helper()
	section := mp4.CreateEmptyInit()
	track := section.AddEmptyTrack(1000, "text", language)
	var err error
	switch codec {
	case "wvtt":
		err = track.SetWvttDescriptor("")
	case "stpp":
		err = track.SetStppDescriptor("", "", "")
	default:
		track.Mdia.Minf.Stbl.Stsd.AddChild(mp4.CreateUnknownBox(codec, 16, make([]byte, 8)))
	}
	var b bytes.Buffer
	if err == nil {
		err = section.Encode(&b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestText: subtitles in fragmented MP4 get ads of their own kind under their own
// EXT-X-MAP, and the content's comes back after them (hls.js#6273,
// shaka-player#1959). Their kind is that of the sample entry; CODECS decides where
// the section can't be had.
func TestText(t *testing.T) {
	t.Parallel()
	type text = profile.Text
	for _, c := range []struct {
		name   string
		codecs string
		// sections are what the origin has at t<n>_init.mp4: a sample entry.
		sections []string
		want     []*text
	}{
		{"wvtt and stpp in one group", ",wvtt,stpp.ttml.im1t", []string{"stpp", "wvtt"}, []*text{{Codec: "stpp", Language: "swe"}, {Codec: "wvtt", Language: "swe"}}},
		{"CODECS says another", ",wvtt", []string{"stpp"}, []*text{{Codec: "stpp", Language: "swe"}}},
		{"no initialization section", ",stpp.ttml.im1t", []string{""}, []*text{{Codec: "stpp"}}},
		{"WebVTT that CODECS names", ",wvtt", nil, []*text{nil}},
		{"3GPP text", ",tx3g", []string{"tx3g"}, []*text{nil}},
		{"WebVTT beside wvtt", ",wvtt", []string{"wvtt"}, []*text{{Codec: "wvtt", Language: "swe"}, nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.probing = true
				w.configure(originURL + "/live")
				// Encrypted video is not probed: CODECS says what it is like.
				v := video("v0.m3u8").avail(120*sec, 20*sec)
				v.header = []string{`#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://key"`}
				renditions, files := []*rendition{v}, map[string][]byte{}
				for n := range c.want {
					name := fmt.Sprintf("t%d.m3u8", n)
					if n >= len(c.sections) {
						renditions = append(renditions, lay(name, "text", 300*sec, 4*sec))
						continue
					}
					renditions = append(renditions, subtitles(name))
					if c.sections[n] != "" {
						files[fmt.Sprintf("/live/t%d_init.mp4", n)] = initSection(t, c.sections[n], "swe")
					}
				}
				channel := w.newChannel(renditions...)
				channel.master = strings.ReplaceAll(channel.master, ",mp4a.40.2", ",mp4a.40.2"+c.codecs)
				channel.wrap = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
						if b := files[r.URL.Path]; b != nil {
							_, _ = rw.Write(b)
							return
						}
						next.ServeHTTP(rw, r)
					})
				}
				channel.serve("origin.example")
				p := w.join("master.m3u8")
				for w.now() < 80*sec && !t.Failed() {
					p.poll()
					for n, want := range c.want {
						checkText(t, n, want, n < len(c.sections), p.last[1+n])
					}
					w.until(w.now() + sec)
				}
				p.wantAds(20)
				for _, want := range c.want {
					if !slices.ContainsFunc(w.shelf.profile.Renditions, func(r profile.Spec) bool {
						return r.Kind == profile.TextKind && (r.Text == nil) == (want == nil) && (want == nil || *r.Text == *want)
					}) {
						t.Errorf("the profile has no text %+v: %+v", want, w.shelf.profile.Renditions)
					}
				}
			})
		})
	}
}

// checkText holds every segment of text rendition n to its own initialization
// section. In fragmented MP4 that ads can't be made in, the ads are gaps.
func checkText(t *testing.T, n int, want *profile.Text, fragmented bool, l *listing.Listing) {
	t.Helper()
	for i := range l.Segments {
		s := &l.Segments[i]
		section, ad := "", strings.Contains(s.URI, "segment/")
		switch {
		case ad && want != nil:
			section = "_" + want.Codec + ".mp4" // the profile has names of its own
		case fragmented:
			section = fmt.Sprintf("/live/t%d_init.mp4", n)
		}
		if s.Gap != (ad && fragmented && want == nil) {
			t.Errorf("t%d: %d, %s, is a gap: %t", n, s.Sequence, s.URI, s.Gap)
		}
		if (s.Map != nil) != (section != "") || s.Map != nil && !strings.HasSuffix(s.Map.URI, section) {
			t.Errorf("t%d: %d, %s, is below map %+v, want %q", n, s.Sequence, s.URI, s.Map, section)
		}
	}
}

// TestForeignText: where the profile is wrong about a text rendition, because it
// changed or could not be read, its ads are gaps, in both directions; the other
// renditions have their ads all the same.
func TestForeignText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		// wvtt is whether ads are in fragmented MP4 and the content is not, dead
		// whether the playlist is not there when the profile is made.
		wvtt, dead bool
	}{
		{"ads in fMP4, content not", true, false},
		{"content in fMP4, ads not", false, false},
		{"no playlist at first", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				v, r := video("v0.m3u8").avail(120*sec, 20*sec), subtitles("t0.m3u8")
				if c.wvtt {
					r = lay("t0.m3u8", "text", 300*sec, 4*sec)
					w.shelf.profile.Renditions = []profile.Spec{{Name: "t0", Text: &profile.Text{Codec: "wvtt"}}}
				}
				if c.dead {
					w.probing = true
					v.header = []string{`#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://key"`}
				}
				channel := w.newChannel(v, r)
				channel.wrap = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
						if c.dead && w.now() < 5*sec && q.URL.Path == "/live/t0.m3u8" {
							http.NotFound(rw, q)
							return
						}
						next.ServeHTTP(rw, q)
					})
				}
				channel.serve("origin.example")
				p := w.join("master.m3u8")
				if c.dead {
					p.pollOne(0)
					w.until(8 * sec)
				}
				gaps := map[int64]bool{}
				for w.now() < 80*sec && !t.Failed() {
					p.poll()
					for i := range p.last[1].Segments {
						s := &p.last[1].Segments[i]
						if s.Gap != strings.Contains(s.URI, "segment/") || s.Map != nil && strings.Contains(s.Map.URI, "/tm/") {
							t.Errorf("%d, %s, is a gap: %t, below map %+v", s.Sequence, s.URI, s.Gap, s.Map)
						}
						if s.Gap {
							gaps[s.Sequence] = true
						}
					}
					w.until(w.now() + sec)
				}
				p.wantAds(20)
				if len(gaps) != 20 {
					t.Errorf("%d gaps, want one a second of ads", len(gaps))
				}
			})
		})
	}
}
