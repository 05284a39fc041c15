package encode

import (
	"context"
	"errors"
	"fmt"
	"math"

	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/profile"
)

// Source is a creative on disk, as the encoder needs it.
type Source struct {
	// dir is the job's directory, file the name within.
	dir, file, demuxer string
	// video and audio are stream indexes; -1 where there is none.
	video, audio int
	// Duration is in microseconds.
	Duration int64
	// Pixels are those of one picture; pictures is how many there are.
	Pixels, Pictures int64
	// Loudness by number of channels; nil where nothing is to be normalised.
	Loudness map[int]Loudness
}

// Work is how many pixels the source's pictures have together: what it costs to
// decode them.
func (s *Source) Work() int64 {
	if s.Pixels > 0 && s.Pictures > math.MaxInt64/s.Pixels {
		return math.MaxInt64
	}
	return s.Pixels * s.Pictures
}

// Inspect finds the streams of the creative that the profile needs, and how
// long it really is.
func Inspect(ctx context.Context, dir, file, demuxer string, p profile.Profile) (*Source, error) {
	found, err := ffmpeg.ProbeFile(ctx, dir, file, demuxer)
	if err != nil {
		return nil, fmt.Errorf("probe the creative: %w", err)
	}
	src := &Source{dir: dir, file: file, demuxer: demuxer, video: -1, audio: -1}
	leading := -1
	if a := found.Stream("audio"); a != nil {
		src.audio, leading = a.Index, a.Index
	}
	seen := p.Renditions[p.Reference()].Kind == profile.VideoKind
	if v := found.Stream("video"); v != nil {
		src.video, src.Pixels = v.Index, int64(v.Width)*int64(v.Height)
		if seen || leading < 0 {
			leading = v.Index
		}
	}
	switch {
	case leading < 0:
		return nil, errors.New("the creative has neither video nor audio")
	case seen && src.video < 0:
		return nil, errors.New("the creative has no video")
	}
	var packets int64
	if src.Duration, packets, err = ffmpeg.Extent(ctx, dir, file, demuxer, found, leading); err != nil {
		return nil, fmt.Errorf("list the creative's packets: %w", err)
	}
	if leading == src.video {
		src.Pictures = packets
	}
	return src, nil
}
