package transcodecache

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
func describe(r *avail.AssetRendition, s *profile.Spec, g grid, dir string) error {
	r.Timescale = g.timescale(s)
	for i := range r.Segments {
		r.Segments[i].Ticks = g.ticks(i, r.Timescale)
	}
	if err := measureFiles(r, dir); err != nil || s.Kind == profile.TextKind {
		return err
	}
	var video, sound string
	if v := s.Video; v != nil {
		r.Width, r.Height, r.FrameRate = v.Width, v.Height, avail.Ratio(v.Rate)
		head, err := headOf(r, dir)
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

// measureFiles finds the highest bit rate of a rendition's segments.
func measureFiles(r *avail.AssetRendition, dir string) error {
	for _, s := range r.Segments {
		info, err := os.Stat(filepath.Join(dir, outDir, s.Name))
		if err != nil {
			return err
		}
		if s.Duration > 0 {
			r.Bandwidth = max(r.Bandwidth, int(info.Size()*8*second/s.Duration))
		}
	}
	return nil
}

// headOf is what a decoder is configured from: the initialization section, or the
// first segment where there is none.
func headOf(r *avail.AssetRendition, dir string) ([]byte, error) {
	name := r.Init
	if name == "" {
		name = r.Segments[0].Name
	}
	return os.ReadFile(filepath.Join(dir, outDir, name))
}

// timescale is the rendition's: one in which each of its units has a whole number
// of ticks, and that of its track in fragmented MP4. Text has its reference's.
func (g grid) timescale(s *profile.Spec) int64 {
	if s.Kind == profile.AudioKind {
		return g.rate.Num // frameSize samples are a unit, and a tick is a sample
	}
	return videoTimescale(g.rate)
}

// ticks is the exact length of segment i.
func (g grid) ticks(i int, timescale int64) int64 {
	return (g.cuts[i+1] - g.cuts[i]) * g.rate.Den * timescale / g.rate.Num
}
