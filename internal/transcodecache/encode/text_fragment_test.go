package encode

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/profile"
)

var textRewrite = flag.Bool("update-text", false, "rewrite the files of testdata/text")

// TestTextFragments: text in fragmented MP4 has a sample entry of its own kind,
// one sample a segment, and the times of the video (ISO/IEC 14496-30;
// hls.js#6273, shaka-player#1959).
func TestTextFragments(t *testing.T) {
	for _, test := range []struct {
		text    profile.Text
		handler string
		sample  string
	}{
		{profile.Text{Codec: "wvtt", Language: "deu"}, "text", "\x00\x00\x00\x08vtte"},
		{profile.Text{Codec: "stpp"}, "subt", emptyTTML},
	} {
		for _, origin := range []int64{0, startTicks} {
			t.Run(fmt.Sprint(test.text.Codec, " from ", origin), func(t *testing.T) {
				s := profile.Spec{Name: "t0", Kind: profile.TextKind, Container: profile.FMP4, Text: &test.text}
				g, err := newGrid(profile.Ratio{Num: 30000, Den: 1001}, 5*second+5*second/1000, 2*second)
				if err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				if err := os.Mkdir(filepath.Join(dir, OutDir), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := WriteText(&s, g, origin, 90_000, dir); err != nil {
					t.Fatal(err)
				}
				read := func(name string) []byte {
					b, err := os.ReadFile(filepath.Join(dir, OutDir, name))
					if err != nil {
						t.Fatal(err)
					}
					return b
				}
				init := read(InitName(&s))
				if scale := mediatest.Timescale(t, init); scale != 90_000 {
					t.Errorf("timescale %d", scale)
				}
				if of, err := profile.Inspect(t.Context(), &profile.Content{Kind: profile.TextKind, Container: profile.FMP4, Sample: init}); err != nil || of.Text == nil || *of.Text != test.text {
					t.Errorf("the initialization section has %+v, %v", of.Text, err)
				}
				if hdlr := mediatest.Body(init, "hdlr"); len(hdlr) < 12 || string(hdlr[8:12]) != test.handler {
					t.Errorf("handler %q, want %s", hdlr, test.handler)
				}
				whole := init
				for i := range g.Segments() {
					b := read(SegmentName(&s, i))
					// 3003 ticks are a frame: not one is lost to rounding.
					f, want := mediatest.ParseFragment(t, b), origin+3003*g.Cuts[i]
					if f.Decode != want || f.Show != want || f.Length != 3003*(g.Cuts[i+1]-g.Cuts[i]) {
						t.Errorf("segment %d is %+v, want it at %d, frames %v", i, f, want, g.Cuts[i:i+2])
					}
					if mdat := mediatest.Body(b, "mdat"); string(mdat) != test.sample {
						t.Errorf("segment %d has the sample %q", i, mdat)
					}
					whole = append(whole, b...)
				}
				checkTextGolden(t, test.text.Codec+"-init.mp4", init)
				checkTextGolden(t, fmt.Sprint(test.text.Codec, "-at-", origin/90_000, ".m4s"), read(SegmentName(&s, 1)))
				checkTextProbe(t, whole, test.text, test.sample, g, origin)
			})
		}
	}
}

// checkTextGolden holds the bytes to those that were looked at.
func checkTextGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", "text", name)
	if *textRewrite {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %v; got %q", name, err, got)
	}
}

// checkTextProbe has ffprobe read the track: another reader than ours.
func checkTextProbe(t *testing.T, file []byte, text profile.Text, sample string, g Grid, origin int64) {
	t.Helper()
	cmd := exec.Command("ffprobe", "-v", "error", "-f", "mov", "-print_format", "json", "-show_streams", "-show_packets", "-i", "pipe:0")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(file), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Streams []struct {
			Type string            `json:"codec_type"`
			Tag  string            `json:"codec_tag_string"`
			Base string            `json:"time_base"`
			Tags map[string]string `json:"tags"`
		} `json:"streams"`
		Packets []struct {
			PTS   int64  `json:"pts"`
			Size  string `json:"size"`
			Flags string `json:"flags"`
		} `json:"packets"`
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	language := cmp.Or(text.Language, "und")
	if len(found.Streams) != 1 || found.Streams[0].Tag != text.Codec || found.Streams[0].Base != "1/90000" || found.Streams[0].Tags["language"] != language {
		t.Errorf("ffprobe finds %+v", found.Streams)
	}
	if len(found.Packets) != g.Segments() {
		t.Fatalf("ffprobe finds %d packets in %d segments", len(found.Packets), g.Segments())
	}
	for i, p := range found.Packets {
		if p.PTS != origin+3003*g.Cuts[i] || p.Size != strconv.Itoa(len(sample)) || !strings.HasPrefix(p.Flags, "K") {
			t.Errorf("packet %d is %+v", i, p)
		}
	}
}

// TestTextTracks: languages of one content that are coded alike share their
// files, and others don't.
func TestTextTracks(t *testing.T) {
	p := small()
	for i, text := range []*profile.Text{{Codec: "wvtt"}, {Codec: "wvtt"}, {Codec: "stpp"}, nil} {
		s := profile.Spec{Name: fmt.Sprint("t", i), Kind: profile.TextKind, Container: profile.FMP4, Text: text}
		if text == nil {
			s.Container = profile.WebVTT
		}
		p.Renditions = append(p.Renditions, s)
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	pl, err := NewPlan(p, 5*second)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(pl.like[len(pl.like)-4:]); got != "[1 1 3 4]" {
		t.Errorf("text renditions are like %s", got)
	}
}
