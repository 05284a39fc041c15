package contents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/origin/manifests/manifeststest"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/transcodecache/profile"
)

// world finds out what the contents of an origin are like.
type world struct {
	*Sampler
	facts    store.Facts
	layouts  *layouts.Layouts
	profiles *Profiler
}

// contentService finds out what the content of an origin of files is like.
func contentService(t *testing.T, files map[string][]byte) (*world, *manifeststest.Files) {
	t.Helper()
	o := manifeststest.NewFiles(files)
	manifests, err := manifests.New(manifests.Options{
		Fetcher: o, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 100, Now: time.Now,
		Metrics: manifests.NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(manifests.Close)
	facts, log := memory.NewFacts(time.Now), slog.New(slog.DiscardHandler)
	s := &world{Sampler: NewSampler(manifests, o, time.Now, log)}
	s.profiles = New(t.Context(), Options{Facts: facts, Profiles: &wanted{}, Derive: s.Derive, Now: time.Now, Log: log})
	s.layouts = layouts.New(facts, manifests, s.profiles.Unfit)
	s.facts = facts
	return s, o
}

// wanted records the creatives that were asked for.
type wanted struct {
	mu    sync.Mutex
	added []string
	asked []string
}

// Alike implements Profiles.
func (w *wanted) Alike(_ context.Context, p profile.Profile) (profile.Profile, error) {
	return p, nil
}

func (w *wanted) AddProfile(_ context.Context, p profile.Profile) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.added = append(w.added, p.ID())
	return nil
}

func (w *wanted) Lookup(_ context.Context, profile string, c avail.Creative) (*avail.Asset, avail.Reason) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, profile+" "+c.Key)
	return nil, avail.CreativeNew
}

// discovered is the layout of an asset of the origin.
func discovered(t *testing.T, s *world, asset string) *layouts.Layout {
	t.Helper()
	l, err := s.layouts.Discover(t.Context(), &playback.Session{Template: "http://origin.example/" + asset})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// segment makes two seconds of content, once a test run.
var segments struct {
	sync.Mutex
	made map[string][]byte
}

func segment(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	segments.Lock()
	defer segments.Unlock()
	if b := segments.made[name]; b != nil {
		return b
	}
	path := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error"}, args...), path)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if segments.made == nil {
		segments.made = map[string][]byte{}
	}
	segments.made[name] = b
	return b
}

func muxed(t *testing.T, size string) []byte {
	return segment(t, "muxed"+size+".ts", "-f", "lavfi", "-i", "testsrc2=rate=25:duration=2:size="+size, "-f", "lavfi", "-i", "sine=duration=2:sample_rate=48000",
		"-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2")
}

func soundOnly(t *testing.T) []byte {
	return segment(t, "sound.ts", "-f", "lavfi", "-i", "sine=duration=2:sample_rate=48000", "-c:a", "aac", "-ac", "2")
}

func dolby(t *testing.T) []byte {
	return segment(t, "dolby.ts", "-f", "lavfi", "-i", "sine=duration=2:sample_rate=48000", "-c:a", "eac3", "-ac", "2")
}

// playlistOf is a media playlist of segments, "name" or "name seconds" or a tag.
func playlistOf(ended bool, list ...string) []byte {
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n")
	for _, s := range list {
		name, length, ok := strings.Cut(s, " ")
		switch {
		case strings.HasPrefix(s, "#"):
			b.WriteString(s + "\n")
			continue
		case !ok:
			length = "2.000"
		}
		fmt.Fprintf(&b, "#EXTINF:%s,\n%s\n", length, name)
	}
	if ended {
		b.WriteString("#EXT-X-ENDLIST\n")
	}
	return []byte(b.String())
}

// TestSamples: a profile is made of what is typical of a rendition. Recordings end
// in a segment without a picture (hls.js#7646, #413, #2940, http-streaming#725),
// gaps and slivers show nothing, and where nothing agrees nothing is stored.
func TestSamples(t *testing.T) {
	t.Parallel()
	const declared = `,CODECS="avc1.4d400c,mp4a.40.2",RESOLUTION=320x180`
	for _, c := range []struct {
		name string
		// variant are the attributes of the one variant; "" is a media playlist by
		// itself.
		variant string
		list    []byte
		want    string // "video height" or "audio"
		err     error
	}{
		{name: "last segment without picture, nothing declared", list: playlistOf(true, "v.ts", "v.ts?1", "a.ts 1.6"), want: "video 180"},
		{name: "last segment without picture, declared", variant: declared, list: playlistOf(true, "v.ts", "v.ts?1", "a.ts 1.6"), want: "video 180"},
		{name: "live, newest segment without picture", variant: declared, list: playlistOf(false, "v.ts", "v.ts?1", "a.ts"), want: "video 180"},
		{name: "live, newest segment without picture, nothing declared", list: playlistOf(false, "v.ts", "v.ts?1", "a.ts"), want: "video 180"},
		{name: "no segment has the declared picture", variant: declared, list: playlistOf(true, "a.ts", "a.ts?1", "a.ts?2"), err: profile.ErrContradiction},
		{name: "segments differ, nothing declared", list: playlistOf(true, "v.ts", "a.ts"), err: ErrSamplesDiffer},
		{name: "one segment, nothing declared", list: playlistOf(true, "v.ts"), want: "video 180"},
		{name: "sound alone, nothing declared", list: playlistOf(true, "a.ts", "a.ts?1", "a.ts?2"), want: "audio"},
		{name: "gaps and slivers are no samples", variant: declared, list: playlistOf(false, "v.ts", "#EXT-X-GAP", "gone.ts", "a.ts 0.04"), want: "video 180"},
		{name: "only gaps", variant: declared, list: playlistOf(true, "#EXT-X-GAP", "gone.ts"), err: errNoSample},
		{name: "another size in one segment", variant: declared, list: playlistOf(true, "v.ts", "big.ts", "v.ts?1"), want: "video 180"},
		{name: "another size in all of them", variant: declared, list: playlistOf(true, "big.ts", "big.ts?1", "big.ts?2"), want: "video 180"},
		{name: "a segment that is missing", variant: declared, list: playlistOf(false, "v.ts", "v.ts?1", "gone.ts"), want: "video 180"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := map[string][]byte{"v.ts": muxed(t, "320x180"), "big.ts": muxed(t, "640x360"), "a.ts": soundOnly(t), "index.m3u8": c.list}
			asset := "index.m3u8"
			if c.variant != "" {
				asset = "master.m3u8"
				files[asset] = []byte("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=400000" + c.variant + "\nindex.m3u8\n")
			}
			s, _ := contentService(t, files)
			l := discovered(t, s, asset)
			got, err := s.Derive(t.Context(), l)
			if !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			r := got.Renditions[0]
			is := string(r.Kind)
			if r.Video != nil {
				is += fmt.Sprint(" ", r.Video.Height)
			}
			if is != c.want || len(got.Renditions) != 1 {
				t.Errorf("%s of %d renditions, want %s", is, len(got.Renditions), c.want)
			}
		})
	}
}

// TestLadder: renditions that can't be looked at, and those in which ads can't be
// made, take the ads of no other (ExoPlayer#537, flashls#375, shaka-player#6940).
func TestLadder(t *testing.T) {
	t.Parallel()
	const avc = `CODECS="avc1.4d400c,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=25`
	list := playlistOf(true, "v.ts", "v.ts?1", "v.ts?2")
	for _, c := range []struct {
		name   string
		master string
		tracks []string
		unseen map[int]avail.Reason
		reason avail.Reason
	}{
		{
			name: "a variant is gone", master: "#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS=\"avc1.4d401f,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=25\ngone.m3u8\n" +
				"#EXT-X-STREAM-INF:BANDWIDTH=400000," + avc + "\nv.m3u8\n",
			tracks: []string{"v1", "v0"}, unseen: map[int]avail.Reason{0: avail.RenditionUnavailable},
		},
		{
			name: "the segments of a backup are gone", master: "#EXT-X-STREAM-INF:BANDWIDTH=400000," + avc + "\nv.m3u8\n" +
				"#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS=\"avc1.4d401f,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=25\nempty.m3u8\n",
			tracks: []string{"v0", "v1"}, unseen: map[int]avail.Reason{1: avail.RenditionUnavailable},
		},
		{
			name: "nothing is there", master: "#EXT-X-STREAM-INF:BANDWIDTH=400000," + avc + "\ngone.m3u8\n",
			reason: avail.RenditionUnavailable,
		},
		{
			name: "redundant variants", master: "#EXT-X-STREAM-INF:BANDWIDTH=400000," + avc + "\nv.m3u8\n" +
				"#EXT-X-STREAM-INF:BANDWIDTH=400000," + avc + "\nbackup.m3u8\n",
			tracks: []string{"v0", "v0"}, unseen: map[int]avail.Reason{},
		},
		{
			name: "all in a codec that ads can't be made in", master: "#EXT-X-STREAM-INF:BANDWIDTH=400000\ndolby.m3u8\n",
			reason: avail.ContentUnsupported,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, o := contentService(t, map[string][]byte{
				"master.m3u8": []byte("#EXTM3U\n" + c.master), "v.m3u8": list, "backup.m3u8": list, "empty.m3u8": playlistOf(true, "gone1.ts", "gone2.ts"),
				"v.ts": muxed(t, "320x180"), "dolby.m3u8": playlistOf(true, "d.ts", "d.ts?1"), "d.ts": dolby(t),
			})
			l := discovered(t, s, "master.m3u8")
			got, err := s.Derive(t.Context(), l)
			if c.reason != "" {
				if err == nil || Reason(err) != c.reason {
					t.Errorf("reason %s of %v, want %s", Reason(err), err, c.reason)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got.Tracks) != fmt.Sprint(c.tracks) || fmt.Sprint(got.Unseen) != fmt.Sprint(c.unseen) {
				t.Errorf("tracks %v, unseen %v, want %v, %v", got.Tracks, got.Unseen, c.tracks, c.unseen)
			}
			if n := o.Hits("v.ts"); n > 1 {
				t.Errorf("%d samples of renditions that are alike", n)
			}
		})
	}
}

// TestOmitted: a rendition in which ads can't be made is not offered, so that the
// others keep their ads: at once where CODECS tells it, else from the first session
// on that starts after its sample did.
func TestOmitted(t *testing.T) {
	t.Parallel()
	const master = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="en",LANGUAGE="en",URI="a.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="%[1]s",NAME="en",LANGUAGE="en",URI="d.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=400000%[2]s,AUDIO="aac"
v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=500000%[3]s,AUDIO="%[1]s"
v.m3u8
`
	for _, c := range []struct {
		name, master string
		second       bool // the second session has ads, the first has not
	}{
		{"declared", fmt.Sprintf(master, "dolby", `,CODECS="avc1.4d400c,mp4a.40.2"`, `,CODECS="avc1.4d400c,ec-3"`), false},
		{"shown by the sample", fmt.Sprintf(master, "dolby", "", ""), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _ := contentService(t, map[string][]byte{
				"master.m3u8": []byte(c.master), "v.m3u8": playlistOf(true, "v.ts", "v.ts?1"), "a.m3u8": playlistOf(true, "a.ts", "a.ts?1"), "d.m3u8": playlistOf(true, "d.ts", "d.ts?1"),
				"v.ts": muxed(t, "320x180"), "a.ts": soundOnly(t), "d.ts": dolby(t),
			})
			l := discovered(t, s, "master.m3u8")
			if c.second {
				if _, err := s.profiles.Await(t.Context(), l, true); Reason(err) != avail.ContentUnsupported {
					t.Fatalf("the first session: %v", err)
				}
				if got := len(l.Renditions); got != 3 {
					t.Errorf("the first session has %d renditions", got)
				}
				l = discovered(t, s, "master.m3u8")
			}
			if _, err := s.profiles.Await(t.Context(), l, true); err != nil {
				t.Fatal(err)
			}
			text := string(l.Multivariant.Append(nil, "", ""))
			if len(l.Renditions) != 2 || strings.Contains(text, "dolby") || strings.Count(text, "#EXT-X-STREAM-INF") != 1 {
				t.Errorf("%d renditions:\n%s", len(l.Renditions), text)
			}
			for _, o := range l.Omitted {
				if o.Reason != avail.ContentUnsupported {
					t.Errorf("%+v", o)
				}
			}
			if len(l.Omitted) != 2 {
				t.Errorf("%d are said to be omitted", len(l.Omitted))
			}
			if again := discovered(t, s, "master.m3u8"); again.ID != l.ID {
				t.Error("the next session has another layout")
			}
		})
	}
}
