package demo

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/grafov/m3u8"
)

// media is what has been made: where it lies, and what the playlists must say
// of it.
type media struct {
	root       *os.Root
	renditions map[string]*rendition // by format name + "/" + rendition name
}

// rendition is one media playlist's worth of segments: the loop, once.
type rendition struct {
	// starts are where the segments begin within the loop, and at last the
	// loop's length. Whole milliseconds: that is what grafov/m3u8 writes.
	starts [loopSegments + 1]time.Duration
	// peak and average are in bit/s.
	peak, average uint32
}

// duration is the length of segment i of the loop.
func (r *rendition) duration(i int) time.Duration { return r.starts[i+1] - r.starts[i] }

// loadMedia reads what ffmpeg wrote into dir.
func loadMedia(dir string) (*media, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("load media: %w", err)
	}
	m := &media{root: root, renditions: make(map[string]*rendition)}
	for _, f := range formats() {
		for _, name := range f.Renditions {
			r, err := loadRendition(filepath.Join(dir, f.Name, name), f.Ext)
			if err != nil {
				return nil, fmt.Errorf("load media %s/%s: %w", f.Name, name, err)
			}
			m.renditions[f.Name+"/"+name] = r
		}
	}
	return m, nil
}

// loadRendition reads ffmpeg's playlist of a rendition, and its segments' sizes.
func loadRendition(dir, ext string) (*rendition, error) {
	file, err := os.Open(filepath.Join(dir, "index.m3u8"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	list, err := m3u8.NewMediaPlaylist(0, 2*loopSegments)
	if err != nil {
		return nil, err
	}
	if err := list.DecodeFrom(file, true); err != nil {
		return nil, err
	}
	if n := list.Count(); n != loopSegments {
		return nil, fmt.Errorf("it has %d segments instead of %d", n, loopSegments)
	}
	r := new(rendition)
	var at float64
	var total int64
	for i := range loopSegments {
		info, err := os.Stat(filepath.Join(dir, strconv.Itoa(i)+ext))
		if err != nil {
			return nil, err
		}
		seconds := list.Segments[i].Duration
		total += info.Size()
		r.peak = max(r.peak, uint32(math.Ceil(float64(info.Size())*8/seconds)))
		r.starts[i] = time.Duration(math.Round(at*1000)) * time.Millisecond
		at += seconds
	}
	// Audio comes in frames of 1024 samples: its last segment takes what is
	// left, so that every loop is as long as every other.
	r.starts[loopSegments] = loopLength
	r.average = uint32(math.Ceil(float64(total) * 8 / loopLength.Seconds()))
	return r, nil
}
