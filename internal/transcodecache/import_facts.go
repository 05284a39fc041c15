package transcodecache

import (
	"os"
	"path/filepath"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/profile"
)

// describeImported adds to an imported rendition what its files and ffprobe tell.
// Ticks are known of fragmented MP4 alone, whose fragments count them; t is nil for
// text.
func describeImported(r *avail.AssetRendition, t *track, dir string) error {
	if err := encode.MeasureFiles(r, dir); err != nil || t == nil {
		return err
	}
	head, err := encode.Head(r, dir)
	if err != nil {
		return err
	}
	var video, sound string
	if v := t.found.Stream("video"); v != nil {
		r.Width, r.Height, r.FrameRate = v.Width, v.Height, avail.Ratio(profile.ParseRate(v.FrameRate))
		if r.FrameRate.Num > profile.MaxFrameRate*r.FrameRate.Den {
			r.FrameRate = avail.Ratio(profile.ParseRate(v.AvgRate))
		}
		video = profile.VideoCodecs(v.Codec, head)
	}
	if a := t.found.Stream("audio"); a != nil {
		r.SampleRate, _ = strconv.Atoi(a.SampleRate)
		r.Channels = a.Channels
		if found, err := profile.AudioOf(a, &profile.Content{Sample: head}); err == nil {
			sound = found.Codec
		}
	}
	r.Codecs = profile.JoinCodecs(video, sound)
	if r.Init == "" {
		return nil
	}
	return countTicks(r, head, dir)
}

// countTicks reads the lengths of a rendition's segments from their fragments. All
// are known or none is.
func countTicks(r *avail.AssetRendition, init []byte, dir string) error {
	leading, ok := leadingTrack(init)
	if !ok {
		return nil
	}
	ticks := make([]int64, len(r.Segments))
	for i := range r.Segments {
		b, err := os.ReadFile(filepath.Join(dir, encode.OutDir, r.Segments[i].Name))
		if err != nil {
			return err
		}
		if ticks[i] = leading.length(b); ticks[i] <= 0 {
			return nil
		}
	}
	r.Timescale = leading.timescale
	for i := range r.Segments {
		r.Segments[i].Ticks = ticks[i]
	}
	return nil
}
