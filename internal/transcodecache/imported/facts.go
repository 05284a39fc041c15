package imported

import (
	"cmp"
	"os"
	"path/filepath"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/quantity"
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
	first, err := os.ReadFile(filepath.Join(dir, encode.OutDir, r.Segments[0].Name))
	if err != nil {
		return err
	}
	r.Timescale, r.Start = leading.timescale, max(leading.begin(first), 0)
	for i := range r.Segments {
		r.Segments[i].Ticks = ticks[i]
	}
	return nil
}

// maxLead is how much before or after its asset a rendition's media may begin, in
// microseconds. One that is farther off has a clock of its own.
const maxLead = perSecond / 4

// setOffsets says when the asset begins on the clock of each rendition's media: with its
// reference.
func setOffsets(all []avail.AssetRendition, reference int) {
	ref := &all[reference]
	for i := range all {
		r := &all[i]
		at := rescale(ref.Start, ref.Timescale, r.Timescale)
		switch lead := rescale(r.Start-at, r.Timescale, perSecond); {
		case r.Timescale == 0 && r.Init != "": // text, which is made with the reference's times
			r.Start = at
		case max(lead, -lead) > maxLead:
			at = r.Start
		}
		r.Offset = at
	}
}

// rescale converts a time from ticks of one timescale to another; 0 is microseconds.
func rescale(ticks, from, to int64) int64 {
	return quantity.Ticks(quantity.Micros(0, ticks, cmp.Or(from, perSecond)), 0, cmp.Or(to, perSecond))
}
