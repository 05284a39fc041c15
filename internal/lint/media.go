package lint

import (
	"context"
	"fmt"

	"stitcher/internal/lint/findings"
	"stitcher/internal/lint/fragment"
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
	c.player.recorder.Add(c.representation.ID, findings.Finding{
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
	x, err := init.Extent(body)
	if err != nil {
		c.add(RuleSegmentMalformed, sectionSegment, "%s", err)
		return
	}
	slack := min(x.Frame, mostFrame) + 1000
	if c.kind == "text" {
		slack = mostFrame // a sample of text is as long as it is shown
	}
	listed, length := c.representation.Micros(c.segment.time), c.representation.Micros(c.segment.duration)
	if c.representation.Nominal {
		slack = max(slack, length/2) // its times are only near to what is said
	}
	if apart := x.From - listed; apart > slack || apart < -slack {
		c.add(RuleSegmentTime, sectionTiming, "its media begins %s s from where it is listed, at %d", seconds(apart), c.segment.time)
	}
	if apart := x.To - x.From - length; apart > slack || apart < -slack {
		c.add(RuleSegmentDuration, sectionTiming, "its media is %s s longer than it is listed", seconds(apart))
	}
	if c.kind != "text" {
		c.neighbours(x)
	}
}

// neighbours holds a segment to those beside it.
func (c *checker) neighbours(x fragment.Extent) {
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

func (c *checker) joint(a, b fragment.Extent) {
	slack := min(max(a.Frame, b.Frame), mostFrame) + 1000
	switch apart := b.From - a.To; {
	case apart > slack:
		c.add(RuleSegmentGap, sectionTiming, "%s s of media are missing between it and the segment beside it", seconds(apart))
	case apart < -slack:
		c.add(RuleSegmentOverlap, sectionTiming, "%s s of its media are in the segment beside it, too", seconds(-apart))
	}
}

// seconds writes microseconds as seconds.
func seconds(us int64) string { return fmt.Sprintf("%g", float64(us)/1e6) }
