// Package fragment reads where the media of an MP4 segment lies on its track.
package fragment

import (
	"errors"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"stitcher/internal/manifest/dash/check/quantity"
)

// Extent is where the media of a segment begins and ends on its track, and how long
// its longest sample is, in microseconds.
type Extent struct{ From, To, Frame int64 }

// Init is what an initialization section says of a track.
type Init struct {
	timescale int64
	// shift is the media time at which the edit list begins, in ticks.
	shift    int64
	defaults *mp4.TrexBox
}

// ReadInit reads an initialization section.
func ReadInit(body []byte) (*Init, error) {
	f, err := mp4.DecodeFileSR(bits.NewFixedSliceReader(body))
	if err != nil {
		return nil, err
	}
	if f.Init == nil || f.Init.Moov == nil || f.Init.Moov.Trak == nil || f.Init.Moov.Trak.Mdia == nil || f.Init.Moov.Trak.Mdia.Mdhd == nil {
		return nil, errors.New("there is no track in it")
	}
	moov := f.Init.Moov
	out := &Init{timescale: int64(moov.Trak.Mdia.Mdhd.Timescale)}
	if out.timescale == 0 {
		return nil, errors.New("the timescale of its track is 0")
	}
	if moov.Mvex != nil {
		out.defaults = moov.Mvex.Trex
	}
	if e := moov.Trak.Edts; e != nil && len(e.Elst) > 0 {
		for _, entry := range e.Elst[0].Entries {
			if entry.MediaTime >= 0 {
				out.shift = entry.MediaTime
				break
			}
		}
	}
	return out, nil
}

// Extent reads where the samples of a segment of the track lie.
func (i *Init) Extent(body []byte) (Extent, error) {
	f, err := mp4.DecodeFileSR(bits.NewFixedSliceReader(body))
	if err != nil {
		return Extent{}, err
	}
	begun := false
	var from, to, frame int64
	for _, s := range f.Segments {
		for _, x := range s.Fragments {
			if x.Moof == nil || x.Moof.Traf == nil || x.Moof.Traf.Tfdt == nil || x.Mdat == nil {
				return Extent{}, errors.New("a fragment has no tfdt or no mdat")
			}
			samples, err := x.GetFullSamples(i.defaults)
			if err != nil {
				return Extent{}, err
			}
			for k := range samples {
				at := samples[k].PresentationTime()
				end := at + int64(samples[k].Dur)
				if !begun {
					from, to, begun = at, end, true
				}
				from, to, frame = min(from, at), max(to, end), max(frame, int64(samples[k].Dur))
			}
		}
	}
	if !begun {
		return Extent{}, errors.New("there is no sample in it")
	}
	return Extent{
		From: quantity.Micros(from-i.shift, i.timescale), To: quantity.Micros(to-i.shift, i.timescale), Frame: quantity.Micros(frame, i.timescale),
	}, nil
}
