package encode

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/Eyevinn/mp4ff/mp4"

	"stitcher/internal/transcodecache/profile"
)

// emptyTTML is a document without content: a sample of no bytes is against
// ISO/IEC 14496-30 §4.2, and players parse every sample of a track as XML.
const emptyTTML = `<?xml version="1.0" encoding="UTF-8"?>` +
	`<tt xmlns="http://www.w3.org/ns/ttml" xml:lang=""><body/></tt>`

// WriteText writes a text rendition, which is empty in an ad. Origin is the
// time at which the ad begins on the 90 kHz clock of its other renditions, scale
// the ticks a second of fragmented MP4: with the picture's, text ends exactly where
// the picture does.
func WriteText(s *profile.Spec, g Grid, origin, scale int64, dir string) error {
	write := func(name string, b []byte) error {
		return os.WriteFile(filepath.Join(dir, OutDir, name), b, 0o600)
	}
	if s.Text != nil {
		b, err := textInit(s.Text, scale)
		if err != nil {
			return err
		}
		if err := write(InitName(s), b); err != nil {
			return err
		}
	}
	for i := range g.Segments() {
		b := emptyWebVTT(origin + ticks(g.Time(g.Cuts[i])))
		if s.Text != nil {
			at := func(cut int64) int64 {
				return origin*scale/90_000 + (cut*g.Rate.Den*scale+g.Rate.Num/2)/g.Rate.Num
			}
			start, end := at(g.Cuts[i]), at(g.Cuts[i+1])
			var err error
			if b, err = textFragment(s.Text, i, start, end); err != nil {
				return err
			}
		}
		if err := write(SegmentName(s, i), b); err != nil {
			return err
		}
	}
	return nil
}

// emptyWebVTT is a WebVTT segment that says where on the video's clock it lies
// (field failure B-27: without it players take a cue's zero for the media's).
func emptyWebVTT(start int64) []byte {
	return fmt.Appendf(nil, "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:%d,LOCAL:00:00:00.000\n\n", start)
}

// textInit is the initialization section of a track with one sample entry (ISO/IEC
// 14496-30: §4.1 its layer, §5 stpp, §6 wvtt).
func textInit(t *profile.Text, scale int64) ([]byte, error) {
	language := t.Language
	if language == "" {
		language = "und"
	}
	handler := "text"
	if t.Codec == "stpp" {
		handler = "subtitle"
	}
	section := mp4.CreateEmptyInit()
	track := section.AddEmptyTrack(uint32(scale), handler, language)
	track.Tkhd.Layer = -1 // in front of the video
	track.Mdia.Hdlr.Name = ""
	if stsd := track.Mdia.Minf.Stbl.Stsd; t.Codec == "stpp" {
		stsd.AddChild(mp4.NewStppBox("http://www.w3.org/ns/ttml", "", ""))
	} else {
		entry := mp4.NewWvttBox()
		entry.AddChild(&mp4.VttCBox{Config: "WEBVTT"})
		stsd.AddChild(entry)
	}
	var b bytes.Buffer
	if err := section.Encode(&b); err != nil {
		return nil, fmt.Errorf("write an initialization section: %w", err)
	}
	return b.Bytes(), nil
}

// textFragment is segment i, from start to end in ticks: one sample
// of exactly that length that shows nothing.
func textFragment(t *profile.Text, i int, start, end int64) ([]byte, error) {
	sample := []byte(emptyTTML)
	if t.Codec == "wvtt" {
		sample = []byte("\x00\x00\x00\x08vtte") // VTTEmptyCueBox, ISO/IEC 14496-30 §6.5
	}
	f, err := mp4.CreateFragment(uint32(i+1), mp4.DefaultTrakID)
	if err != nil {
		return nil, fmt.Errorf("write segment %d: %w", i, err)
	}
	f.AddFullSample(mp4.FullSample{
		Sample:     mp4.NewSample(mp4.SyncSampleFlags, uint32(end-start), uint32(len(sample)), 0),
		DecodeTime: uint64(start), Data: sample,
	})
	var b bytes.Buffer
	if err := f.Encode(&b); err != nil {
		return nil, fmt.Errorf("write segment %d: %w", i, err)
	}
	return b.Bytes(), nil
}
