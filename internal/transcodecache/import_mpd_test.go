package transcodecache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/profile"
)

// conditionedDASH makes a creative like conditionedCMAF that comes as an MPD, and gives
// the name of the MPD.
func conditionedDASH(t *testing.T, name string, args ...string) string {
	t.Helper()
	mediatest.Make(t, append(append([]string{
		"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=5",
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5",
		"-map", "0:v", "-map", "0:v", "-map", "1:a",
		"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-profile:v", "main", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0",
		"-s:v:1", "160x90", "-b:v:0", "300k", "-b:v:1", "150k", "-c:a", "aac", "-ac", "2",
		"-f", "dash", "-seg_duration", "2", "-adaptation_sets", "id=0,streams=v id=1,streams=a",
		"-init_seg_name", name + "-$RepresentationID$-init.mp4", "-media_seg_name", name + "-$RepresentationID$-$Number%03d$.m4s",
	}, args...), name+".mpd")...)
	return name + ".mpd"
}

// TestImportMPD: reference §5.4 for creatives that come as DASH, whatever their addressing.
// The asset is what the import of HLS makes.
func TestImportMPD(t *testing.T) {
	t.Parallel()
	timeline := conditionedDASH(t, "mpdline")
	uniform := conditionedDASH(t, "mpdnumber", "-use_timeline", "0")
	list := conditionedDASH(t, "mpdlist", "-use_template", "0", "-use_timeline", "0")
	parts := conditionedDASH(t, "mpdparts", "-use_template", "0", "-use_timeline", "0", "-single_file", "1")
	indexed, edits := conditionedIndex(t)
	for _, test := range []struct {
		name, mpd string
		edits     map[string]http.HandlerFunc
	}{
		{"timeline", timeline, nil}, {"duration", uniform, nil}, {"list", list, nil}, {"byte ranges", parts, nil}, {"index", indexed, edits},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := serveAds(t, test.edits)
			p := cmafProfile()
			c := importCache(t, p, nil)
			ad := streaming(s.URL + "/" + test.mpd)
			a, reason := settledAs(t, c, p.ID(), ad)
			if a == nil {
				t.Fatalf("%s: %v", reason, lastError(c))
			}
			s.mu.Lock()
			for path, n := range s.asked {
				if n != 1 {
					t.Errorf("%s was fetched %d times", path, n)
				}
			}
			s.mu.Unlock()
			if a.Duration < 4_980_000 || a.Duration > 5_020_000 || a.Segments() != 3 {
				t.Errorf("the asset lasts %d µs in %d segments", a.Duration, a.Segments())
			}
			checkMedia(t, c, a)
			checkEmptyText(t, c, a)
			for i := range a.Renditions {
				checkSplice(t, c, a, &a.Renditions[i])
			}
		})
	}
}

// checkMedia decodes what each rendition of an asset was made of, and holds the recorded
// lengths and starts to what the files say.
func checkMedia(t *testing.T, c *Cache, a *avail.Asset) {
	t.Helper()
	for _, name := range []string{"v0", "v1", "a0"} {
		r := a.Rendition(name)
		files := paths(t, c, a.ID, r)
		all := mediatest.Concat(t, files...)
		mediatest.Decode(t, all)
		var first, end float64 = 1e9, 0
		for _, p := range mediatest.Packets(t, all) {
			first, end = min(first, p.Pts), max(end, p.End)
		}
		var ticks int64
		for _, s := range r.Segments {
			ticks += s.Ticks
		}
		if got := float64(ticks) / float64(r.Timescale); got < end-first-0.05 || got > end-first+0.05 {
			t.Errorf("%s lasts %.3f s by its ticks, and %.3f s", name, got, end-first)
		}
		if r.Codecs == "" || r.Bandwidth == 0 || (r.Width > 0) != (name != "a0") || (r.Channels == 2) != (name == "a0") {
			t.Errorf("%s is recorded as %+v", name, r)
		}
	}
	if w := a.Rendition("v1").Width; w != 160 {
		t.Errorf("v1 is %d wide", w)
	}
}

// conditionedIndex has one file for each Representation, with an index of its segments,
// and an MPD of the on-demand profile.
func conditionedIndex(t *testing.T) (string, map[string]http.HandlerFunc) {
	t.Helper()
	encode := func(name string, args ...string) []byte {
		return mediatest.Concat(t, mediatest.Make(t, append(args, "-f", "mp4", "-movflags", "cmaf+frag_keyframe+empty_moov+dash+global_sidx+skip_trailer", name)...))
	}
	video := func(name, size string) []byte {
		return encode(name, "-f", "lavfi", "-i", "testsrc2=size="+size+":rate=25:duration=5", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-profile:v", "main",
			"-g", "50", "-keyint_min", "50", "-sc_threshold", "0")
	}
	sound := encode("mpdindex-a.mp4", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5", "-c:a", "aac", "-ac", "2", "-frag_duration", "2000000")
	var text strings.Builder
	text.WriteString(`<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="PT5S" minBufferTime="PT2S"><Period>`)
	rep := func(id, file string, b []byte, rest string) {
		at := bytes.Index(b, []byte("sidx")) - 4
		size := int(binary.BigEndian.Uint32(b[at:]))
		fmt.Fprintf(&text, `<Representation id="%s" bandwidth="100000" %s><BaseURL>%s</BaseURL><SegmentBase indexRange="%d-%d"><Initialization range="0-%d"/></SegmentBase></Representation>`,
			id, rest, file, at, at+size-1, at-1)
	}
	text.WriteString(`<AdaptationSet contentType="video" mimeType="video/mp4" codecs="avc1.4D4015">`)
	rep("hi", "mpdindex-0.mp4", video("mpdindex-0.mp4", "320x180"), `width="320" height="180" frameRate="25"`)
	rep("lo", "mpdindex-1.mp4", video("mpdindex-1.mp4", "160x90"), `width="160" height="90" frameRate="25"`)
	text.WriteString(`</AdaptationSet><AdaptationSet contentType="audio" mimeType="audio/mp4" codecs="mp4a.40.2">`)
	rep("s", "mpdindex-a.mp4", sound, `audioSamplingRate="48000"`)
	text.WriteString(`</AdaptationSet></Period></MPD>`)
	return "mpdindex.mpd", map[string]http.HandlerFunc{"/mpdindex.mpd": answer(text.String())}
}

// TestImportMPDRefused: a creative whose MPD does not allow it to be spliced is skipped
// with the reason.
func TestImportMPDRefused(t *testing.T) {
	t.Parallel()
	line, uniform, parts := conditionedDASH(t, "mpdline"), conditionedDASH(t, "mpdnumber", "-use_timeline", "0"),
		conditionedDASH(t, "mpdparts", "-use_template", "0", "-use_timeline", "0", "-single_file", "1")
	indexed, indexes := conditionedIndex(t)
	type edits = map[string]http.HandlerFunc
	change := func(name string, pairs ...string) edits { return edits{"/" + name: edit(t, name, pairs...)} }
	again := func(name, from, to string) edits { // a pattern replaced
		b := mediatest.Concat(t, filepath.Join(mediatest.Dir(), name))
		out := regexp.MustCompile(from).ReplaceAll(b, []byte(to))
		if bytes.Equal(out, b) {
			t.Fatalf("%s has no %s:\n%s", name, from, b)
		}
		return edits{"/" + name: answer(string(out))}
	}
	with := func(change func(*profile.Profile)) profile.Profile { p := cmafProfile(); change(&p); return p }
	for _, test := range []struct {
		name    string
		mpd     string
		profile profile.Profile
		edits   edits
		reason  avail.Reason
		message string
	}{
		{"cut off", line, cmafProfile(), again(line, `(?s)</Period>.*`, ""), avail.CreativeUnfetchable, "its MPD"},
		{"live", line, cmafProfile(), change(line, `type="static"`, `type="dynamic"`), avail.CreativeUnfetchable, "it is live"},
		{"no Period", line, cmafProfile(), again(line, `(?s)<Period.*</Period>`, ""), avail.CreativeUnfetchable, "no Period"},
		{"two Periods", line, cmafProfile(), change(line, `</Period>`, `</Period><Period id="2"/>`), avail.ContainerMismatch, "2 Periods"},
		{"another document's part", line, cmafProfile(), change(line, `<Period `, `<Period xlink:href="a.xml" `), avail.CreativeUnfetchable, "xlink"},
		{"encrypted", line, cmafProfile(), again(line, `(<AdaptationSet[^>]*>)`, `$1<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011"/>`), avail.ContainerMismatch, "encrypted"},
		{"on another server", line, cmafProfile(), change(line, `<Period `, `<BaseURL>https://other.example/</BaseURL><Period `), avail.CreativeUnfetchable, "another server"},
		{"segment gone", line, cmafProfile(), edits{"/mpdline-0-002.m4s": http.NotFound}, avail.CreativeUnfetchable, "status 404"},
		{"timescale 0", line, cmafProfile(), again(line, `timescale="\d+"`, `timescale="0"`), avail.CreativeUnfetchable, "timescale 0"},
		{"huge d", line, cmafProfile(), again(line, `d="\d+"`, `d="18446744073709551615"`), avail.CreativeUnfetchable, "S@d"},
		{"huge r", line, cmafProfile(), again(line, `d="\d+"`, `d="1" r="2147483647"`), avail.CreativeUnfetchable, "more than 4096 segments"},
		{"a gap", line, cmafProfile(), again(line, `<S t="0" d="(\d+)" r="1" />`, `<S t="0" d="$1"/><S t="30000" d="$1"/>`), avail.ContainerMismatch, "gap"},
		{"begins before the Period", line, cmafProfile(), again(line, `timescale="(\d+)"`, `timescale="$1" presentationTimeOffset="10000"`), avail.ContainerMismatch, "before the Period"},
		{"no initialization", line, cmafProfile(), again(line, `initialization="[^"]*"`, ""), avail.ContainerMismatch, "no initialization section"},
		{"sub-segments", line, cmafProfile(), change(line, `$Number%03d$`, `$Number$-$SubNumber$`), avail.CreativeUnfetchable, "$SubNumber$"},
		{"no length", uniform, cmafProfile(), again(uniform, `(mediaPresentationDuration="[^"]*"|<Period [^>]*)`, ""), avail.CreativeUnfetchable, "its MPD"},
		{"range beyond the end", parts, cmafProfile(), again(parts, `mediaRange="\d+-\d+"`, `mediaRange="99999990-99999999"`), avail.CreativeUnfetchable, "has no 10 bytes"},
		{"no index", indexed, cmafProfile(), edits{"/mpdindex.mpd": indexes["/mpdindex.mpd"], "/mpdindex-0.mp4": instead("mpdline-0-init.mp4")}, avail.ContainerMismatch, "its file has no index"},
		{"long segments", line, with(func(p *profile.Profile) { p.Segment = second }), nil, avail.SegmentTooLong, "lasts 2000 ms"},
		{"a rung larger than the content's", line, with(func(p *profile.Profile) { p.Renditions[1].Video.Width = 120 }), nil, avail.RenditionMissing, "v1"},
		{"other codec", line, with(func(p *profile.Profile) { p.Renditions[1].Video.Codec = "hevc" }), nil, avail.RenditionMissing, "v1"},
		{"no sound", line, cmafProfile(), again(line, `(?s)<AdaptationSet id="1".*</AdaptationSet>`, ""), avail.RenditionMissing, "a0"},
		{"content in TS", line, tsProfile(), nil, avail.RenditionMissing, "v0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := serveAds(t, test.edits)
			c := importCache(t, test.profile, nil)
			checkRefused(t, c, test.profile, s.URL+"/"+test.mpd, test.reason, test.message)
		})
	}
}
