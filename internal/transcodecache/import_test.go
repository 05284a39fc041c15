package transcodecache

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/faultrt"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/profile"
)

// Reference §5.4: a conditioned creative is spliced as it is. Every file is the
// creative's own to the byte, fetched once however many ask for it, and the
// playlists that list it are lawful.
func TestImport(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		make    func(*testing.T) string
		profile profile.Profile
		// sources are the creative's media playlists, by rendition.
		sources map[string]string
	}{
		{"muxed TS", conditionedTS, tsProfile(), map[string]string{"v0": "adts-v0", "v1": "adts-v1", "v2": "adts-v0"}},
		{"demuxed fMP4", conditionedCMAF, cmafProfile(), map[string]string{"v0": "adcmaf-v0", "v1": "adcmaf-v1", "v2": "adcmaf-v0", "a0": "adcmaf-v2"}},
		{"byte ranges", conditionedRanges, cmafProfile(), map[string]string{"v0": "adone-v0", "v1": "adone-v1", "v2": "adone-v0", "a0": "adone-v2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			playlist := test.make(t)
			s := serveAds(t, nil)
			c := importCache(t, test.profile, nil)
			ad := streaming(s.URL + "/" + playlist)
			var viewers sync.WaitGroup
			for range 20 {
				viewers.Go(func() { c.Lookup(t.Context(), test.profile.ID(), ad) })
			}
			viewers.Wait()
			a, reason := settledAs(t, c, test.profile.ID(), ad)
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
			if a.Duration != 5*second {
				t.Errorf("the asset lasts %d µs", a.Duration)
			}
			for name, source := range test.sources {
				checkUntouched(t, c, a, a.Rendition(name), filepath.Join(mediatest.Dir(), source+".m3u8"))
			}
			checkEmptyText(t, c, a)
			for i := range a.Renditions {
				checkSplice(t, c, a, &a.Renditions[i])
			}
			if all := listed(t, c, 10); len(all) != 1 || !all[0].Streaming || all[0].State != Ready || all[0].URL != ad.URL {
				t.Errorf("%+v", all)
			}
			// Transcoded, the same creative is another asset.
			if _, reason := c.Lookup(t.Context(), test.profile.ID(), avail.Creative{Key: ad.Key, URL: ad.URL}); reason != avail.CreativeNew {
				t.Errorf("the same creative, to be transcoded: %q", reason)
			}
		})
	}
}

// checkUntouched holds a rendition to the creative's own playlist.
func checkUntouched(t *testing.T, c *Cache, a *avail.Asset, r *avail.AssetRendition, playlist string) {
	t.Helper()
	l, _ := listing.Read(mediatest.Concat(t, playlist))
	if len(l.Segments) != 3 || len(r.Segments) != 3 {
		t.Fatalf("%s: %d segments, the creative has %d", r.Name, len(r.Segments), len(l.Segments))
	}
	cut := func(uri string, part *listing.Range) []byte {
		b := mediatest.Concat(t, filepath.Join(mediatest.Dir(), uri))
		if part != nil {
			b = b[part.Offset : part.Offset+part.Length]
		}
		return b
	}
	files := paths(t, c, a.ID, r)
	if m := l.Segments[0].Map; (m != nil) != (r.Init != "") {
		t.Errorf("%s: initialization section %q, the creative has %v", r.Name, r.Init, m)
	} else if m != nil {
		if !bytes.Equal(mediatest.Concat(t, files[0]), cut(m.URI, m.Range)) {
			t.Errorf("%s is not the creative's", files[0])
		}
		files = files[1:]
	}
	if r.Codecs == "" || r.Bandwidth <= 0 || (r.Width > 0) != strings.HasPrefix(r.Name, "v") || (r.Timescale > 0) != (r.Init != "") {
		t.Errorf("%s is recorded as %q, %d bit/s, %d wide, in 1/%d s", r.Name, r.Codecs, r.Bandwidth, r.Width, r.Timescale)
	}
	for i, s := range l.Segments {
		if got := float64(r.Segments[i].Ticks) / float64(max(r.Timescale, 1)); r.Timescale > 0 && math.Abs(got-float64(s.Duration)/1e6) > 0.05 {
			t.Errorf("%s lasts %d/%d s, in the creative %d µs", r.Segments[i].Name, r.Segments[i].Ticks, r.Timescale, s.Duration)
		}
		if r.Segments[i].Duration != s.Duration {
			t.Errorf("%s lasts %d µs, in the creative %d", r.Segments[i].Name, r.Segments[i].Duration, s.Duration)
		}
		if !bytes.Equal(mediatest.Concat(t, files[i]), cut(s.URI, s.Range)) {
			t.Errorf("%s is not the creative's", files[i])
		}
	}
}

// checkEmptyText holds text to the times of the creative's own clock (field
// failure B-27).
func checkEmptyText(t *testing.T, c *Cache, a *avail.Asset) {
	t.Helper()
	v, text := a.Rendition("v0"), a.Rendition("t0")
	start := mediatest.Packets(t, mediatest.Concat(t, paths(t, c, a.ID, v)...))
	first := start[0].Pts
	for _, p := range start {
		first = min(first, p.Pts)
	}
	for i, path := range paths(t, c, a.ID, text) {
		var pts int64
		b := string(mediatest.Concat(t, path))
		if _, err := fmt.Sscanf(b, "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:%d,LOCAL:00:00:00.000\n\n", &pts); err != nil {
			t.Errorf("%s: %v\n%s", path, err, b)
		}
		if want := int64(first*90_000+0.5) + int64(i)*180_000; pts < want-2 || pts > want+2 || text.Segments[i].Duration != v.Segments[i].Duration {
			t.Errorf("%s begins at %d, want %d", path, pts, want)
		}
	}
	fragments := a.Rendition("t1") // of the contents in fragmented MP4
	if fragments == nil {
		return
	}
	files := paths(t, c, a.ID, fragments)
	s, err := profile.Inspect(t.Context(), &profile.Content{Kind: profile.TextKind, Container: profile.FMP4, Sample: mediatest.Concat(t, files[0])})
	if err != nil || s.Text == nil || s.Text.Codec != "stpp" {
		t.Errorf("%s has text %+v: %v", files[0], s.Text, err)
	}
	for i, path := range files[1:] {
		f, lasts := mediatest.ParseFragment(t, mediatest.Concat(t, path)), (fragments.Segments[i].Duration*9+50)/100
		if want := int64(first*90_000+0.5) + int64(i)*180_000; f.Decode < want-2 || f.Decode > want+2 || f.Length != lasts {
			t.Errorf("%s lies at %d for %d, want %d for %d", path, f.Decode, f.Length, want, lasts)
		}
	}
}

// checkSplice puts a rendition into a content and reads the result as a strict
// client.
func checkSplice(t *testing.T, c *Cache, a *avail.Asset, r *avail.AssetRendition) {
	t.Helper()
	init := ""
	if r.Init != "" {
		init = "#EXT-X-MAP:URI=\"https://origin.example/init.mp4\"\n"
	}
	text := "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n" + init + "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n"
	for i := range 4 {
		text += fmt.Sprintf("#EXTINF:4.0,\nhttps://origin.example/%d%s\n", i, filepath.Ext(r.Segments[0].Name))
	}
	tpl, err := hls.Compile([]byte(text+"#EXT-X-ENDLIST\n"), hls.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ad := &hls.AdRun{Asset: a.ID, Rendition: r, To: len(r.Segments), Discontinuity: true, Time: tpl.Segments[2].Time, Dated: true, Number: 2}
	out := tpl.Append(nil, &hls.Plan{AssetPrefix: "/tm/", Tail: true, Runs: []hls.Run{{To: 2}, {Ad: ad}, {From: 3, To: 4, Splice: true}}})
	l, found := listing.Read(out)
	for _, v := range append(found, check.Playlist(l)...) {
		t.Errorf("%s: %s\n%s", r.Name, v, out)
	}
	served := 0
	for i := range l.Segments {
		if rest, ok := strings.CutPrefix(l.Segments[i].URI, "/tm/"+a.ID+"/"); ok {
			if f, err := c.Open(t.Context(), a.ID, rest); err != nil {
				t.Error(err)
			} else {
				f.Close()
			}
			served++
		}
	}
	if served != 3 {
		t.Errorf("%s: %d ad segments are listed", r.Name, served)
	}
}

// RFC 3986 §5.1.3: ad servers redirect to where the creative lies; what its
// playlists name is relative to that.
func TestImportRedirected(t *testing.T) {
	t.Parallel()
	playlist := conditionedTS(t)
	s := serveAds(t, nil)
	at := serveAds(t, map[string]http.HandlerFunc{"/click": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.URL+"/"+playlist, http.StatusFound)
	}})
	c := importCache(t, tsProfile(), nil)
	if a, reason := settledAs(t, c, tsProfile().ID(), streaming(at.URL+"/click?id=7")); a == nil {
		t.Errorf("%s: %v", reason, lastError(c))
	}
}

// A creative that could not be imported is left alone for a while, then tried
// again, with its new URL.
func TestImportTriedAgain(t *testing.T) {
	t.Parallel()
	playlist := conditionedTS(t)
	s := serveAds(t, nil)
	var clock atomic.Int64
	c := importCache(t, tsProfile(), func(o *Options) {
		o.Now = func() time.Time { return time.Unix(1_800_000_000+clock.Load(), 0) }
	}, faultrt.FirstN(1, faultrt.Status(http.StatusForbidden)))
	ad := streaming(s.URL + "/" + playlist)
	if _, reason := settledAs(t, c, tsProfile().ID(), ad); reason != avail.CreativeUnfetchable {
		t.Fatal(reason)
	}
	clock.Add(59)
	if _, reason := c.Lookup(t.Context(), tsProfile().ID(), ad); reason != avail.CreativeUnfetchable {
		t.Errorf("before its time: %s", reason)
	}
	clock.Add(1)
	ad.URL += "?token=2"
	if a, reason := settledAs(t, c, tsProfile().ID(), ad); a == nil {
		t.Errorf("%s: %v", reason, lastError(c))
	}
}

// RFC 8216 §3.4: sound may be packed, without a container, in content and
// creative alike.
func TestImportPackedAudio(t *testing.T) {
	t.Parallel()
	conditioned(t, "adapart", "v:0,agroup:aud v:1,agroup:aud a:0,agroup:aud", "-hls_segment_filename", "adapart-v%v-%d.ts")
	mediatest.Make(t, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5", "-ac", "2", "-c:a", "aac",
		"-f", "segment", "-segment_time", "2", "-segment_format", "adts", "adpacked-%d.aac")
	edits := map[string]http.HandlerFunc{
		"/adapart-v2.m3u8": answer("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.005,\nadpacked-0.aac\n#EXTINF:2.005,\nadpacked-1.aac\n#EXTINF:1.0,\nadpacked-2.aac\n#EXT-X-ENDLIST\n"),
	}
	for i, at := range []int64{126_000, 306_480, 486_960} {
		name := fmt.Sprintf("adpacked-%d.aac", i)
		edits["/"+name] = answer(string(mediatest.TimestampTag(at)) + string(mediatest.Concat(t, filepath.Join(mediatest.Dir(), name))))
	}
	p := cmafProfile()
	for i := range 3 {
		p.Renditions[i].Container = profile.TS
	}
	p.Renditions[4].Container = profile.ADTS
	s := serveAds(t, edits)
	c := importCache(t, p, nil)
	a, reason := settledAs(t, c, p.ID(), streaming(s.URL+"/adapart.m3u8"))
	if a == nil {
		t.Fatalf("%s: %v", reason, lastError(c))
	}
	for i, path := range paths(t, c, a.ID, a.Rendition("a0")) {
		if b := mediatest.Concat(t, path); filepath.Ext(path) != ".aac" || !bytes.HasPrefix(b, mediatest.TimestampTag(126_000+int64(i)*180_480)) {
			t.Errorf("%s begins with % x", path, b[:20])
		}
	}
	// The same sound in transport streams is another container.
	c = importCache(t, p, nil)
	s = serveAds(t, nil)
	if _, reason := settledAs(t, c, p.ID(), streaming(s.URL+"/adapart.m3u8")); reason != avail.ContainerMismatch {
		t.Errorf("TS for packed audio: %s: %v", reason, lastError(c))
	}
}
