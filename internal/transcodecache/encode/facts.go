package encode

import (
	"os"
	"path/filepath"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/profile"
)

// soundString is the CODECS of all sound that is made here: AAC-LC, in HE-AAC
// content too.
const soundString = "mp4a.40.2"

// describe adds to a rendition what its encoder's plan and its files tell: what an
// MPD and reports need to know beside its segments.
func describe(r *avail.AssetRendition, s *profile.Spec, g Grid, dir string) error {
	r.Timescale = g.timescale(s)
	for i := range r.Segments {
		r.Segments[i].Ticks = g.ticks(i, r.Timescale)
	}
	if err := MeasureFiles(r, dir); err != nil || s.Kind == profile.TextKind {
		return err
	}
	var video, sound string
	if v := s.Video; v != nil {
		r.Width, r.Height, r.FrameRate = v.Width, v.Height, avail.Ratio(v.Rate)
		head, err := Head(r, dir)
		if err != nil {
			return err
		}
		video = profile.VideoCodecs(v.Codec, head)
	}
	if a := s.Audio; a != nil {
		r.SampleRate, r.Channels, sound = s.CodedRate(), a.Channels, soundString
	}
	r.Codecs = profile.JoinCodecs(video, sound)
	return nil
}

// MeasureFiles finds the highest bit rate of a rendition's segments.
func MeasureFiles(r *avail.AssetRendition, dir string) error {
	for _, s := range r.Segments {
		info, err := os.Stat(filepath.Join(dir, OutDir, s.Name))
		if err != nil {
			return err
		}
		if s.Duration > 0 {
			r.Bandwidth = max(r.Bandwidth, int(info.Size()*8*second/s.Duration))
		}
	}
	return nil
}

// Head is what a decoder is configured from: the initialization section, or the
// first segment where there is none.
func Head(r *avail.AssetRendition, dir string) ([]byte, error) {
	name := r.Init
	if name == "" {
		name = r.Segments[0].Name
	}
	return os.ReadFile(filepath.Join(dir, OutDir, name))
}

// timescale is the rendition's: one in which each of its units has a whole number
// of ticks, and that of its track in fragmented MP4. Text has its reference's.
func (g Grid) timescale(s *profile.Spec) int64 {
	if s.Kind == profile.AudioKind {
		return g.Rate.Num // frameSize samples are a unit, and a tick is a sample
	}
	return videoTimescale(g.Rate)
}

// ticks is the exact length of segment i.
func (g Grid) ticks(i int, timescale int64) int64 {
	return (g.Cuts[i+1] - g.Cuts[i]) * g.Rate.Den * timescale / g.Rate.Num
}
