package transcodecache

import (
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/faultrt"
	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/profile"
)

// edit serves a file of the media directory with something replaced.
func edit(t *testing.T, name string, pairs ...string) http.HandlerFunc {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(mediatest.Dir(), name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%s has no %q:\n%s", name, pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return answer(text)
}

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

// instead serves another file.
func instead(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(mediatest.Dir(), name))
	}
}

func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(make([]byte, 64<<10)); err != nil {
			return
		}
	}
}

// Issue 3: a creative whose shape doesn't allow it to be spliced is skipped
// with the reason, whatever it claims.
func TestImportRefused(t *testing.T) {
	t.Parallel()
	ts, cmaf, ranges := conditionedTS(t), conditionedCMAF(t), conditionedRanges(t)
	sound := mediatest.Make(t, "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=2", "-ac", "2", "-c:a", "aac", "-f", "mpegts", "sound.ts")
	hevc := mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=2",
		"-ac", "2", "-c:a", "aac", "-c:v", "libx265", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p", "liar.ts")
	mono := mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=2",
		"-ac", "1", "-c:a", "aac", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-pix_fmt", "yuv420p", "mono.ts")
	long := mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=4",
		"-ac", "2", "-c:a", "aac", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-pix_fmt", "yuv420p", "long4.ts")
	with := func(change func(*profile.Profile), p profile.Profile) profile.Profile { change(&p); return p }
	type edits = map[string]http.HandlerFunc
	for _, test := range []struct {
		name     string
		playlist string
		profile  profile.Profile
		edits    edits
		reason   avail.Reason
		message  string
	}{
		{"gone", "gone.m3u8", tsProfile(), nil, avail.CreativeUnfetchable, "status 404"},
		{"HTML", ts, tsProfile(), edits{"/adts.m3u8": answer("<!doctype html><title>Sign in</title>")}, avail.CreativeUnfetchable, "multivariant playlist"},
		{"media playlist", "adts-v0.m3u8", tsProfile(), nil, avail.CreativeUnfetchable, "multivariant playlist"},
		{"endless playlist", ts, tsProfile(), edits{"/adts.m3u8": endless}, avail.CreativeUnfetchable, "too large"},
		{"child gone", ts, tsProfile(), edits{"/adts-v1.m3u8": http.NotFound}, avail.CreativeUnfetchable, "status 404"},
		{"child on another server", ts, tsProfile(), edits{"/adts.m3u8": edit(t, ts, "adts-v1.m3u8", "https://other.example/adts-v1.m3u8")}, avail.CreativeUnfetchable, "another server"},
		{"HTML for a media playlist", ts, tsProfile(), edits{"/adts-v0.m3u8": answer("<html></html>")}, avail.CreativeUnfetchable, "can't be read"},
		{"live", ts, tsProfile(), edits{"/adts-v0.m3u8": edit(t, "adts-v0.m3u8", "#EXT-X-ENDLIST", "")}, avail.CreativeUnfetchable, "it is live"},
		{"no segment", ts, tsProfile(), edits{"/adts-v0.m3u8": answer("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-ENDLIST\n")}, avail.CreativeUnfetchable, "no segment"},
		{"I-frames alone", ts, tsProfile(), edits{"/adts-v0.m3u8": edit(t, "adts-v0.m3u8", "#EXT-X-VERSION:3", "#EXT-X-VERSION:4\n#EXT-X-I-FRAMES-ONLY")}, avail.CreativeUnfetchable, "only a part"},
		{"an endless name", ts, tsProfile(), edits{"/adts-v0.m3u8": edit(t, "adts-v0.m3u8", "adts-v0-1.ts", "https://"+strings.Repeat("ü", 100<<10)+".example/a.ts")}, avail.CreativeUnfetchable, "üü …"},
		{"gap", ts, tsProfile(), edits{"/adts-v0.m3u8": edit(t, "adts-v0.m3u8", "adts-v0-1.ts", "#EXT-X-GAP\nadts-v0-1.ts")}, avail.CreativeUnfetchable, "is a gap"},
		{"segment on another server", ts, tsProfile(), edits{"/adts-v0.m3u8": edit(t, "adts-v0.m3u8", "adts-v0-1.ts", "//other.example/adts-v0-1.ts")}, avail.CreativeUnfetchable, "another server"},
		{"segment gone", ts, tsProfile(), edits{"/adts-v1-2.ts": http.NotFound}, avail.CreativeUnfetchable, "status 404"},
		{"empty segment", ts, tsProfile(), edits{"/adts-v1-2.ts": answer("")}, avail.CreativeUnfetchable, "it is empty"},
		{"endless segment", ts, tsProfile(), edits{"/adts-v0-1.ts": endless}, avail.CreativeUnfetchable, "large"},
		{"range beyond the file", ranges, cmafProfile(), edits{"/adone-v0.m4s": instead("adts-v0-2.ts")}, avail.ContainerMismatch, "first segment"},
		{"range beyond the end", ranges, cmafProfile(), edits{"/adone-v0.m3u8": edit(t, "adone-v0.m3u8", "#EXT-X-ENDLIST", "#EXTINF:1,\n#EXT-X-BYTERANGE:100@9000000\nadone-v0.m4s\n#EXT-X-ENDLIST"),
			"/adone-v1.m3u8": edit(t, "adone-v1.m3u8", "#EXT-X-ENDLIST", "#EXTINF:1,\n#EXT-X-BYTERANGE:100@9000000\nadone-v1.m4s\n#EXT-X-ENDLIST"),
			"/adone-v2.m3u8": edit(t, "adone-v2.m3u8", "#EXT-X-ENDLIST", "#EXTINF:1,\n#EXT-X-BYTERANGE:100@9000000\nadone-v2.m4s\n#EXT-X-ENDLIST")}, avail.CreativeUnfetchable, "has no 100 bytes"},
		{"hours", ts, tsProfile(), edits{"/adts-v0.m3u8": answer("#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + strings.Repeat("#EXTINF:2,\nadts-v0-1.ts\n", 301) + "#EXT-X-ENDLIST\n")}, avail.CreativeUnfetchable, "it lasts 602000 ms"},

		{"encrypted", ts, tsProfile(), edits{"/adts-v0.m3u8": edit(t, "adts-v0.m3u8", "#EXTINF:1", "#EXT-X-KEY:METHOD=AES-128,URI=\"key\"\n#EXTINF:1")}, avail.ContainerMismatch, "encrypted with AES-128"},
		{"discontinuity", ts, tsProfile(), edits{"/adts-v0.m3u8": edit(t, "adts-v0.m3u8", "adts-v0-1.ts", "#EXT-X-DISCONTINUITY\nadts-v0-1.ts")}, avail.ContainerMismatch, "discontinuity"},
		{"two initialization sections", cmaf, cmafProfile(), edits{"/adcmaf-v0.m3u8": edit(t, "adcmaf-v0.m3u8", "#EXTINF:1", "#EXT-X-MAP:URI=\"adcmaf-v1-init.mp4\"\n#EXTINF:1")}, avail.ContainerMismatch, "initialization section changes"},
		{"sliver", ts, tsProfile(), edits{"/adts-v0.m3u8": edit(t, "adts-v0.m3u8", "#EXTINF:2.000000,\nadts-v0-1.ts", "#EXTINF:0.3,\nadts-v0-1.ts")}, avail.ContainerMismatch, "lasts 300 ms"},
		{"fMP4 in TS content", cmaf, with(func(p *profile.Profile) { p.Renditions = p.Renditions[3:] }, with(func(p *profile.Profile) { p.Renditions[4].Container = profile.TS }, cmafProfile())), nil, avail.ContainerMismatch, "fmp4, and ts is needed"},
		{"HTML for a segment", ts, tsProfile(), edits{"/adts-v0-0.ts": answer("<html></html>")}, avail.ContainerMismatch, "text document"},
		{"playlist for a segment", ts, tsProfile(), edits{"/adts-v0-0.ts": instead("adts-v0.m3u8")}, avail.ContainerMismatch, "HLS playlist"},
		{"fMP4 named TS", ts, tsProfile(), edits{"/adts-v0-0.ts": instead("adcmaf-v0-0.m4s")}, avail.ContainerMismatch, "it is fmp4"},
		{"says two seconds and lasts four", ts, tsProfile(), edits{"/adts-v0-0.ts": instead(filepath.Base(long))}, avail.ContainerMismatch, "lasts 40"},

		{"long segments", ts, with(func(p *profile.Profile) { p.Segment = second }, tsProfile()), nil, avail.SegmentTooLong, "lasts 2000 ms"},

		{"a rung larger than the content's", ts, with(func(p *profile.Profile) { p.Renditions[1].Video.Width = 120 }, tsProfile()), nil, avail.RenditionMissing, "v1"},
		{"other codec", ts, with(func(p *profile.Profile) { p.Renditions[1].Video.Codec, p.Renditions[1].Video.Profile = "hevc", "main" }, tsProfile()), nil, avail.RenditionMissing, "v1"},
		{"faster than the content", ts, with(func(p *profile.Profile) { p.Renditions[0].Video.Rate = profile.Ratio{Num: 24, Den: 1} }, tsProfile()), edits{"/adts.m3u8": edit(t, ts, "RESOLUTION", "FRAME-RATE=25.000,RESOLUTION")}, avail.RenditionMissing, "v0"},
		{"muxed in demuxed content", ts, with(func(p *profile.Profile) { p.Renditions[0].Audio = nil }, tsProfile()), nil, avail.RenditionMissing, "v0"},
		{"demuxed in muxed content", cmaf, with(func(p *profile.Profile) { p.Renditions[0].Container = profile.FMP4 }, tsProfile()), nil, avail.RenditionMissing, "v0"},
		{"no sound of its own", ts, with(func(p *profile.Profile) {
			p.Renditions = append(p.Renditions, profile.Spec{Name: "a0", Kind: profile.AudioKind, Container: profile.TS, Audio: p.Renditions[0].Audio})
		}, tsProfile()), nil, avail.RenditionMissing, "a0"},
		{"other number of channels", cmaf, with(func(p *profile.Profile) { p.Renditions[4].Audio.Channels = 6 }, cmafProfile()), edits{"/adcmaf.m3u8": edit(t, cmaf, "DEFAULT", "CHANNELS=\"2\",DEFAULT")}, avail.RenditionMissing, "a0"},
		{"fewer segments", ts, tsProfile(), edits{"/adts-v1.m3u8": edit(t, "adts-v1.m3u8", "#EXTINF:1.000000,\nadts-v1-2.ts\n", "")}, avail.RenditionMissing, "in 2 segments"},
		{"misaligned", ts, tsProfile(), edits{"/adts-v1.m3u8": edit(t, "adts-v1.m3u8", "#EXTINF:1.0", "#EXTINF:1.2")}, avail.RenditionMissing, "200 ms off"},
		{"says H.264 and is HEVC", ts, tsProfile(), edits{"/adts-v0-0.ts": instead(filepath.Base(hevc))}, avail.RenditionMissing, "hevc"},
		{"says sound and has none", ts, tsProfile(), edits{"/adts-v0-0.ts": instead("silent25.ts")}, avail.RenditionMissing, "has audio: false"},
		{"says a picture and has none", ts, tsProfile(), edits{"/adts-v0-0.ts": instead(filepath.Base(sound))}, avail.RenditionMissing, "has video: false"},
		{"is mono", ts, tsProfile(), edits{"/adts-v0-0.ts": instead(filepath.Base(mono))}, avail.RenditionMissing, "in 1 channels"},
		{"is larger than it says", ts, tsProfile(), edits{"/adts-v1-0.ts": instead("adts-v0-0.ts")}, avail.RenditionMissing, "320x180"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			mediatest.Content{Video: main30, Size: "320x180", Rate: "25", Audio: nil}.Sample(t, "silent25.ts")
			s := serveAds(t, test.edits)
			c := importCache(t, test.profile, func(o *Options) { o.MaxCreative = 2 << 20 })
			checkRefused(t, c, test.profile, s.URL+"/"+test.playlist, test.reason, test.message)
		})
	}
}

func checkRefused(t *testing.T, c *Cache, p profile.Profile, url string, want avail.Reason, text string) {
	t.Helper()
	a, reason := settledAs(t, c, p.ID(), streaming(url))
	if message := lastError(c)[url]; a != nil || reason != want || !strings.Contains(message, text) {
		t.Errorf("asset %v, reason %s: %s; want %s: … %s …", a, reason, message, want, text)
	}
	if left, err := os.ReadDir(workDir(c)); err != nil || len(left) > 0 {
		t.Errorf("the job left %v %v", left, err)
	}
}

// Design §9: what a creative redirects to or names goes through the address
// guard like anything else.
func TestImportGuarded(t *testing.T) {
	t.Parallel()
	ts := conditionedTS(t)
	out := egress.New(egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	private := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2:9/"+filepath.Base(r.URL.Path), http.StatusFound)
	}
	for _, path := range []string{"/adts.m3u8", "/adts-v1.m3u8", "/adts-v0-1.ts"} {
		s := serveAds(t, map[string]http.HandlerFunc{path: private})
		c := importCache(t, tsProfile(), func(o *Options) { o.Fetcher, o.Playlists = out, out })
		checkRefused(t, c, tsProfile(), s.URL+"/"+ts, avail.CreativeUnfetchable, "not public: 127.0.0.2")
	}
}

// A server that drips, or the network, must not hold a worker.
func TestImportFaults(t *testing.T) {
	t.Parallel()
	s := serveAds(t, nil)
	ts := conditionedTS(t)
	on := func(path string, f faultrt.Fault) faultrt.Rule {
		return func(r *http.Request) faultrt.Fault {
			if r.URL.Path == path {
				return f
			}
			return nil
		}
	}
	for _, path := range []string{"/adts.m3u8", "/adts-v1.m3u8", "/adts-v0-1.ts"} {
		c := importCache(t, tsProfile(), func(o *Options) { o.FetchTimeout = time.Second }, on(path, faultrt.Hang))
		checkRefused(t, c, tsProfile(), s.URL+"/"+ts, avail.CreativeUnfetchable, "longer than 1s")
		c = importCache(t, tsProfile(), nil, on(path, faultrt.Truncate(100)))
		checkRefused(t, c, tsProfile(), s.URL+"/"+ts, avail.CreativeUnfetchable, "fetch its")
	}
	c := importCache(t, tsProfile(), func(o *Options) { o.Playlists = nil })
	checkRefused(t, c, tsProfile(), s.URL+"/"+ts, avail.InternalError, "no client to fetch playlists")
}
