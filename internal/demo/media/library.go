package media

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/grafov/m3u8"
)

// Library is what has been made: where it lies, and what the playlists must say
// of it.
type Library struct {
	Root       *os.Root
	Renditions map[string]*Rendition // by format name + "/" + rendition name
}

// Rendition is one media playlist's worth of segments: the loop, once.
type Rendition struct {
	// Starts are where the segments begin within the loop, and at last the
	// loop's length. Whole milliseconds: that is what grafov/m3u8 writes.
	Starts [LoopSegments + 1]time.Duration
	// Peak and average are in bit/s.
	Peak, Average uint32
}

// Duration is the length of segment i of the loop.
func (r *Rendition) Duration(i int) time.Duration { return r.Starts[i+1] - r.Starts[i] }

// loadLibrary reads what ffmpeg wrote into dir.
func loadLibrary(dir string) (*Library, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("load media: %w", err)
	}
	m := &Library{Root: root, Renditions: make(map[string]*Rendition)}
	for _, f := range Formats() {
		for _, name := range f.Renditions {
			r, err := loadRendition(filepath.Join(dir, f.Name, name), f.Ext)
			if err != nil {
				return nil, fmt.Errorf("load media %s/%s: %w", f.Name, name, err)
			}
			m.Renditions[f.Name+"/"+name] = r
		}
	}
	return m, nil
}

// loadRendition reads ffmpeg's playlist of a rendition, and its segments' sizes.
func loadRendition(dir, ext string) (*Rendition, error) {
	file, err := os.Open(filepath.Join(dir, "index.m3u8"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	list, err := m3u8.NewMediaPlaylist(0, 2*LoopSegments)
	if err != nil {
		return nil, err
	}
	if err := list.DecodeFrom(file, true); err != nil {
		return nil, err
	}
	if n := list.Count(); n != LoopSegments {
		return nil, fmt.Errorf("it has %d segments instead of %d", n, LoopSegments)
	}
	r := new(Rendition)
	var at float64
	var total int64
	for i := range LoopSegments {
		info, err := os.Stat(filepath.Join(dir, strconv.Itoa(i)+ext))
		if err != nil {
			return nil, err
		}
		seconds := list.Segments[i].Duration
		total += info.Size()
		r.Peak = max(r.Peak, uint32(math.Ceil(float64(info.Size())*8/seconds)))
		r.Starts[i] = time.Duration(math.Round(at*1000)) * time.Millisecond
		at += seconds
	}
	// Audio comes in frames of 1024 samples: its last segment takes what is
	// left, so that every loop is as long as every other.
	r.Starts[LoopSegments] = LoopLength
	r.Average = uint32(math.Ceil(float64(total) * 8 / LoopLength.Seconds()))
	return r, nil
}
