package lint

import (
	"context"
	"errors"
	"fmt"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"stitcher/internal/manifest/dash/check/listing"
)

// Rules of the media that an MPD lists.
const (
	RuleSegmentMalformed = "segment-malformed"
	RuleSegmentTime      = "segment-time"
	RuleSegmentDuration  = "segment-duration"
	RuleSegmentGap       = "segment-gap"
	RuleSegmentOverlap   = "segment-overlap"
)

const (
	sectionInit    = "ISO/IEC 23009-1 §6.3.3"
	sectionSegment = "ISO/IEC 23009-1 §6.3.4"
	sectionTiming  = "DASH-IF timing model"
)

// mostFrame is the longest that a frame is taken to be, in microseconds: one of
// picture at 24 a second, or two of sound.
const mostFrame = 45_000

// extent is where the media of a segment begins and ends on its track, and how long
// its longest sample is, in microseconds.
type extent struct{ from, to, frame int64 }

// trackInit is what an initialization section says of a track.
type trackInit struct {
	timescale int64
	// shift is the media time at which the edit list begins, in ticks.
	shift    int64
	defaults *mp4.TrexBox
}

// readInit reads an initialization section.
func readInit(body []byte) (*trackInit, error) {
	f, err := mp4.DecodeFileSR(bits.NewFixedSliceReader(body))
	if err != nil {
		return nil, err
	}
	if f.Init == nil || f.Init.Moov == nil || f.Init.Moov.Trak == nil || f.Init.Moov.Trak.Mdia == nil || f.Init.Moov.Trak.Mdia.Mdhd == nil {
		return nil, errors.New("there is no track in it")
	}
	moov := f.Init.Moov
	out := &trackInit{timescale: int64(moov.Trak.Mdia.Mdhd.Timescale)}
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

// readExtent reads where the samples of a segment lie.
func readExtent(body []byte, init *trackInit) (extent, error) {
	f, err := mp4.DecodeFileSR(bits.NewFixedSliceReader(body))
	if err != nil {
		return extent{}, err
	}
	begun := false
	var from, to, frame int64
	for _, s := range f.Segments {
		for _, x := range s.Fragments {
			if x.Moof == nil || x.Moof.Traf == nil || x.Moof.Traf.Tfdt == nil || x.Mdat == nil {
				return extent{}, errors.New("a fragment has no tfdt or no mdat")
			}
			samples, err := x.GetFullSamples(init.defaults)
			if err != nil {
				return extent{}, err
			}
			for i := range samples {
				at := samples[i].PresentationTime()
				end := at + int64(samples[i].Dur)
				if !begun {
					from, to, begun = at, end, true
				}
				from, to, frame = min(from, at), max(to, end), max(frame, int64(samples[i].Dur))
			}
		}
	}
	if !begun {
		return extent{}, errors.New("there is no sample in it")
	}
	micros := func(ticks int64) int64 {
		r := listing.Representation{Timescale: init.timescale}
		return r.Micros(ticks)
	}
	return extent{micros(from - init.shift), micros(to - init.shift), micros(frame)}, nil
}

// checker holds one segment to what the MPD says of it.
type checker struct {
	player         *mpdPlayer
	track          *track
	job            probe
	segment        segment
	kind           string
	representation *listing.Representation
}

func (c *checker) add(rule, section, format string, args ...any) {
	c.player.recorder.add(c.representation.ID, Finding{
		Rule: rule, Section: section, Place: c.job.place, By: c.job.by,
		Detail: c.job.url + ": " + fmt.Sprintf(format, args...),
	})
}

// check reads a segment.
func (c *checker) check(ctx context.Context, body []byte) {
	init := c.track.initialization(ctx, c.player, c.representation, c.job)
	if init == nil {
		return
	}
	x, err := readExtent(body, init)
	if err != nil {
		c.add(RuleSegmentMalformed, sectionSegment, "%s", err)
		return
	}
	slack := min(x.frame, mostFrame) + 1000
	if c.kind == "text" {
		slack = mostFrame // a sample of text is as long as it is shown
	}
	listed, length := c.representation.Micros(c.segment.time), c.representation.Micros(c.segment.duration)
	if c.representation.Nominal {
		slack = max(slack, length/2) // its times are only near to what is said
	}
	if apart := x.from - listed; apart > slack || apart < -slack {
		c.add(RuleSegmentTime, sectionTiming, "its media begins %s s from where it is listed, at %d", seconds(apart), c.segment.time)
	}
	if apart := x.to - x.from - length; apart > slack || apart < -slack {
		c.add(RuleSegmentDuration, sectionTiming, "its media is %s s longer than it is listed", seconds(apart))
	}
	if c.kind != "text" {
		c.neighbours(x)
	}
}

// neighbours holds a segment to those beside it.
func (c *checker) neighbours(x extent) {
	t, n := c.track, c.segment.number
	t.mu.Lock()
	before, hasBefore := t.ends[n-1]
	after, hasAfter := t.ends[n+1]
	t.ends[n] = x
	if len(t.ends) > mostEnds {
		for k := range t.ends {
			if k < n-mostEnds/2 {
				delete(t.ends, k)
			}
		}
	}
	t.mu.Unlock()
	if hasBefore {
		c.joint(before, x)
	}
	if hasAfter {
		c.joint(x, after)
	}
}

func (c *checker) joint(a, b extent) {
	slack := min(max(a.frame, b.frame), mostFrame) + 1000
	switch apart := b.from - a.to; {
	case apart > slack:
		c.add(RuleSegmentGap, sectionTiming, "%s s of media are missing between it and the segment beside it", seconds(apart))
	case apart < -slack:
		c.add(RuleSegmentOverlap, sectionTiming, "%s s of its media are in the segment beside it, too", seconds(-apart))
	}
}

// seconds writes microseconds as seconds.
func seconds(us int64) string { return fmt.Sprintf("%g", float64(us)/1e6) }
