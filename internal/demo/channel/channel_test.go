package channel

import (
	"errors"
	"flag"
	"math"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Comcast/scte35-go/pkg/scte35"

	"stitcher/internal/demo/media"
	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// began is when the test channel went on air; its first avail is 8 segments
// later.
var began = time.Date(2026, 11, 23, 12, 0, 1, 0, time.UTC)

// testChannel is a channel with made-up media: pictures to the frame, audio
// whose segments end on a boundary of its own frames.
func testChannel(t *testing.T) *Channel {
	t.Helper()
	s := new(Schedule)
	if !s.begin(Era{Every: 45, Length: 15}, LiveEdge(began), 8) {
		t.Fatal("the schedule did not begin")
	}
	c := &Channel{Library: &media.Library{Renditions: make(map[string]*media.Rendition)}, Schedule: s}
	for _, f := range media.Formats() {
		for _, name := range f.Renditions {
			r := &media.Rendition{Peak: 800_000, Average: 700_000}
			for i := range r.Starts {
				r.Starts[i] = time.Duration(i) * media.SegmentLength
				if name == media.AudioName && i > 0 && i < media.LoopSegments {
					frame := 1024.0 / 48000
					r.Starts[i] = time.Duration(math.Round(math.Ceil(r.Starts[i].Seconds()/frame)*frame*1000)) * time.Millisecond
				}
			}
			c.Library.Renditions[f.Name+"/"+name] = r
		}
	}
	return c
}

// TestChannelKeepsTheRules polls every rendition like a strict client for two
// loops and two avails.
func TestChannelKeepsTheRules(t *testing.T) {
	c := testChannel(t)
	for _, f := range media.Formats() {
		last := make(map[string]*listing.Listing)
		discontinuities := 0
		for now := began; now.Before(began.Add(200 * time.Second)); now = now.Add(700 * time.Millisecond) {
			var all []*listing.Listing
			for _, name := range f.Renditions {
				body, err := c.Media(f.Name, name, WindowSegments, now)
				if err != nil {
					t.Fatal(err)
				}
				list, found := listing.Read(body)
				found = append(found, check.Playlist(list)...)
				if prev := last[name]; prev != nil {
					found = append(found, check.Update(prev, list)...)
				}
				for _, v := range found {
					t.Fatalf("%s/%s at %s: %s\n%s", f.Name, name, now, v, body)
				}
				checkFiles(t, c, f, name, list, now)
				if n := len(list.Segments); n != WindowSegments {
					t.Fatalf("window of %d segments", n)
				}
				last[name] = list
				all = append(all, list)
			}
			if found := check.Renditions(all...); len(found) > 0 {
				t.Fatalf("%s at %s: %s", f.Name, now, found[0])
			}
			if all[0].Segments[0].Discontinuity {
				discontinuities++
			}
		}
		if discontinuities == 0 {
			t.Errorf("%s: no window began at a discontinuity: the test has seen nothing", f.Name)
		}
	}
}

// checkFiles fetches what is listed, and what is not published yet.
func checkFiles(t *testing.T, c *Channel, f media.Format, name string, list *listing.Listing, now time.Time) {
	t.Helper()
	base := &url.URL{Path: "/live/" + f.Name + "/" + name + ".m3u8"}
	for i := range list.Segments {
		u, err := base.Parse(list.Segments[i].URI)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(strings.TrimPrefix(u.Path, "/live/"), "/")
		path, _, err := c.File(parts[0], parts[1], parts[2], now)
		if err != nil || !strings.HasPrefix(path, f.Name+"/"+name+"/") {
			t.Fatalf("%s: path %q, err %v", u, path, err)
		}
		if i == len(list.Segments)-1 {
			if _, _, err := c.File(parts[0], parts[1], parts[2], now.Add(-2*media.SegmentLength)); !errors.Is(err, ErrNoSuch) {
				t.Fatalf("%s could be fetched before it was over: %v", u, err)
			}
		}
	}
}

// TestChannelGolden pins what a player gets, at an instant at which the window
// holds an avail's end and the loop's.
func TestChannelGolden(t *testing.T) {
	c := testChannel(t)
	for file, make := range map[string]func() ([]byte, error){
		"live_ts.m3u8":  func() ([]byte, error) { return c.Media("ts", "360", WindowSegments, began.Add(52*time.Second)) },
		"live_out.m3u8": func() ([]byte, error) { return c.Media("ts", "360", WindowSegments, began.Add(20*time.Second)) },
		"live_audio.m3u8": func() ([]byte, error) {
			return c.Media("cmaf", media.AudioName, WindowSegments, began.Add(52*time.Second))
		},
		"multivariant.m3u8":  func() ([]byte, error) { return c.Multivariant("ts") },
		"multivariant2.m3u8": func() ([]byte, error) { return c.Multivariant("cmaf") },
		"vod.m3u8":           func() ([]byte, error) { return c.VOD("ts", "720") },
	} {
		got, err := make()
		if err != nil {
			t.Fatal(err)
		}
		path := "testdata/" + file
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
		}
	}
}

func TestVODIsLawful(t *testing.T) {
	c := testChannel(t)
	for _, f := range media.Formats() {
		var all []*listing.Listing
		for _, name := range f.Renditions {
			body, err := c.VOD(f.Name, name)
			if err != nil {
				t.Fatal(err)
			}
			if at := strings.Index(string(body), "#EXT-X-CUE-OUT:0\n#EXT-X-CUE-IN\n#EXTINF"); strings.Count(string(body[:at]), "#EXTINF") != 8 {
				t.Errorf("%s/%s: the avail is not before segment 8\n%s", f.Name, name, body)
			}
			list, found := listing.Read(body)
			for _, v := range append(found, check.Playlist(list)...) {
				t.Errorf("%s/%s: %s", f.Name, name, v)
			}
			all = append(all, list)
		}
		for _, v := range check.Renditions(all...) {
			t.Errorf("%s: %s", f.Name, v)
		}
	}
}

func TestFilesOutsideAreRefused(t *testing.T) {
	c := testChannel(t)
	for _, path := range [][3]string{
		{"ts", "360", "init.mp4"}, {"ts", "360", "-1.ts"}, {"ts", "360", "00.ts"}, {"ts", "360", "1.m4s"},
		{"ts", "360", ".."}, {"ts", "audio", "1.ts"}, {"..", "360", "1.ts"}, {"ts", "360", "24.ts"},
	} {
		if got, _, err := c.VODFile(path[0], path[1], path[2]); !errors.Is(err, ErrNoSuch) {
			t.Errorf("vod %v: %q, %v", path, got, err)
		}
		if got, _, err := c.File(path[0], path[1], path[2], began); !errors.Is(err, ErrNoSuch) {
			t.Errorf("live %v: %q, %v", path, got, err)
		}
	}
}

func TestCueDecodes(t *testing.T) {
	section, err := scte35.DecodeBase64(spliceOut(77, 30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	insert, ok := section.SpliceCommand.(*scte35.SpliceInsert)
	if !ok || insert.SpliceEventID != 77 || !insert.OutOfNetworkIndicator || insert.BreakDuration.Duration != 30*90000 {
		t.Errorf("decoded %+v", section.SpliceCommand)
	}
}
