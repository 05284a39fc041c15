package encode

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/grafov/m3u8"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/profile"
)

// tolerance is by how much a segment that ffmpeg wrote may differ from the
// plan, in microseconds: its lists and clocks round, its frames don't.
const tolerance = 2_000

// collect turns what ffmpeg wrote into the renditions of an asset: it checks
// every segment against the plan, and adds what ffmpeg doesn't write (the time
// stamps of packed audio, empty subtitles).
func collect(p profile.Profile, pl Plan, dir string) ([]avail.AssetRendition, error) {
	out := make([]avail.AssetRendition, len(p.Renditions))
	// Fragmented MP4 starts at zero, everything else at startTime. What names a
	// time of the other renditions' clock follows the reference.
	origin := int64(startTicks)
	if p.Renditions[p.Reference()].Container == profile.FMP4 {
		origin = 0
	}
	for i := range p.Renditions {
		s := &p.Renditions[i]
		if first := pl.like[i]; first != i {
			out[i] = out[first]
			out[i].Name = s.Name
			continue
		}
		if err := finish(s, pl.grids[i], origin, dir); err != nil {
			return nil, fmt.Errorf("rendition %s: %w", s.Name, err)
		}
		out[i] = avail.AssetRendition{Name: s.Name, Init: InitName(s)}
		for n := range pl.grids[i].Segments() {
			out[i].Segments = append(out[i].Segments, avail.AssetSegment{
				Name: SegmentName(s, n), Duration: pl.grids[i].duration(n),
			})
		}
		if err := describe(&out[i], s, pl.grids[i], dir); err != nil {
			return nil, fmt.Errorf("rendition %s: %w", s.Name, err)
		}
	}
	return out, nil
}

// finish checks and completes the files of one rendition.
func finish(s *profile.Spec, g Grid, origin int64, dir string) error {
	if s.Kind == profile.TextKind {
		return WriteText(s, g, origin, g.timescale(s), dir)
	}
	start := startTime * second
	if s.Container == profile.TS {
		start -= 2 * tsDelay * 1000 // the muxer adds it after the list is written
	}
	lengths, err := readList(filepath.Join(dir, listDir, s.Name+".m3u8"), start)
	if err != nil {
		return err
	}
	if len(lengths) != g.Segments() {
		return fmt.Errorf("ffmpeg wrote %d segments instead of %d", len(lengths), g.Segments())
	}
	for i, got := range lengths {
		if want := g.duration(i); math.Abs(float64(got-want)) > tolerance {
			return fmt.Errorf("segment %d lasts %d µs instead of %d µs", i, got, want)
		}
		if s.Container == profile.ADTS {
			if err := stamp(filepath.Join(dir, OutDir, SegmentName(s, i)), origin+ticks(g.Time(g.Cuts[i]))); err != nil {
				return err
			}
		}
	}
	return nil
}

// readList gives the lengths of a rendition's segments, in microseconds, from
// the playlist of ffmpeg's segment muxer, which counts the time before the
// first time stamp, start, as part of the first segment.
func readList(path string, start int64) ([]int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := m3u8.NewMediaPlaylist(0, 1024)
	if err != nil {
		return nil, err
	}
	if err := list.SetWinSize(0); err != nil {
		return nil, err
	}
	if err := list.DecodeFrom(bufio.NewReader(f), true); err != nil {
		return nil, fmt.Errorf("parse %s: %w", filepath.Base(path), err)
	}
	var lengths []int64
	for _, s := range list.Segments {
		if s != nil {
			lengths = append(lengths, int64(math.Round(s.Duration*1e6)))
		}
	}
	if len(lengths) > 0 {
		lengths[0] -= start
	}
	return lengths, nil
}

// appleTimestamp is the owner of the ID3 PRIV frame by which a packed audio
// segment says when it begins (RFC 8216 §3.4).
const appleTimestamp = "com.apple.streaming.transportStreamTimestamp\x00"

// timestampTag is the ID3v2.4 tag with a time stamp on the 90 kHz clock.
func timestampTag(pts int64) []byte {
	body := binary.BigEndian.AppendUint64([]byte(appleTimestamp), uint64(pts))
	frame := append([]byte("PRIV"), 0, 0, 0, byte(len(body)), 0, 0) // sizes under 128 need no escaping
	frame = append(frame, body...)
	return append(append([]byte("ID3\x04\x00\x00"), 0, 0, 0, byte(len(frame))), frame...)
}

// ticks is t microseconds on MPEG-2's 90 kHz clock.
func ticks(t int64) int64 { return (t*9 + 50) / 100 }

// stamp puts the time stamp before a packed audio segment.
func stamp(path string, pts int64) error {
	frames, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(timestampTag(pts), frames...), 0o600) //nolint:gosec // the path is made of a checked name
}
