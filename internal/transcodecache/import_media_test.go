package transcodecache

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/faultrt"
	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/profile"
)

// conditioned makes a streaming creative of 5 s in three segments, at 320x180
// and at 160x90, and gives the name of its multivariant playlist.
func conditioned(t *testing.T, name, streams string, args ...string) string {
	t.Helper()
	maps := []string{"-map", "0:v", "-map", "0:v", "-map", "1:a"}
	if strings.Count(streams, "a:") == 2 {
		maps = append(maps, "-map", "1:a")
	}
	mediatest.Make(t, append(append([]string{
		"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=5",
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5",
	}, maps...), append([]string{
		"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-profile:v", "main", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0",
		"-s:v:1", "160x90", "-b:v:0", "300k", "-b:v:1", "150k", "-c:a", "aac", "-ac", "2",
		"-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "-master_pl_name", name + ".m3u8", "-var_stream_map", streams,
	}, append(args, name+"-v%v.m3u8")...)...)...)
	return name + ".m3u8"
}

func conditionedTS(t *testing.T) string {
	return conditioned(t, "adts", "v:0,a:0 v:1,a:1", "-hls_segment_filename", "adts-v%v-%d.ts")
}

func conditionedCMAF(t *testing.T) string {
	return conditioned(t, "adcmaf", "v:0,agroup:aud v:1,agroup:aud a:0,agroup:aud,default:yes",
		"-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "adcmaf-v%v-init.mp4", "-hls_segment_filename", "adcmaf-v%v-%d.m4s")
}

// conditionedRanges has one file a rendition and lists it by byte ranges.
func conditionedRanges(t *testing.T) string {
	return conditioned(t, "adone", "v:0,agroup:aud v:1,agroup:aud a:0,agroup:aud",
		"-hls_segment_type", "fmp4", "-hls_flags", "single_file")
}

// tsProfile is a content that conditionedTS is made for, and more: a redundant
// variant and subtitles.
func tsProfile() profile.Profile {
	p := small()
	p.Renditions[0].Video.Width, p.Renditions[0].Video.Height = 320, 180
	low := p.Renditions[0]
	low.Name, low.Video = "v1", &profile.Video{}
	*low.Video = *p.Renditions[0].Video
	low.Video.Width, low.Video.Height = 160, 90
	backup := p.Renditions[0]
	backup.Name = "v2"
	p.Renditions = append(p.Renditions, low, backup, profile.Spec{Name: "t0", Kind: profile.TextKind, Container: profile.WebVTT})
	return p
}

// cmafProfile is a content that conditionedCMAF is made for.
func cmafProfile() profile.Profile {
	p := tsProfile()
	for i := range 3 {
		p.Renditions[i].Container, p.Renditions[i].Audio = profile.FMP4, nil
	}
	p.Renditions = append(p.Renditions, profile.Spec{
		Name: "a0", Kind: profile.AudioKind, Container: profile.FMP4, Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 2, Bitrate: 96_000},
	}, profile.Spec{Name: "t1", Kind: profile.TextKind, Container: profile.FMP4, Text: &profile.Text{Codec: "stpp"}})
	return p
}

// adServer serves the media directory, but for what is answered otherwise, and
// counts what is asked for.
type adServer struct {
	*httptest.Server
	mu    sync.Mutex
	edits map[string]http.HandlerFunc
	asked map[string]int
}

func serveAds(t *testing.T, edits map[string]http.HandlerFunc) *adServer {
	t.Helper()
	s := &adServer{edits: edits, asked: map[string]int{}}
	all := http.FileServer(http.Dir(mediatest.Dir()))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		edit := s.edits[r.URL.Path]
		s.asked[r.URL.Path]++
		s.mu.Unlock()
		if edit != nil {
			edit(w, r)
			return
		}
		all.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// importCache is a cache whose creatives come through the outgoing client.
func importCache(t *testing.T, p profile.Profile, change func(*Options), rules ...faultrt.Rule) *Cache {
	t.Helper()
	out := egress.New(egress.Options{Transport: faultrt.New(http.DefaultTransport, rules...)})
	c := testCache(t, func(o *Options) {
		o.Fetcher, o.Playlists = out, out
		if change != nil {
			change(o)
		}
	})
	if err := c.AddProfile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return c
}

func streaming(url string) avail.Creative {
	return avail.Creative{Key: "ad-1", URL: url, Streaming: true}
}
