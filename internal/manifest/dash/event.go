package dash

import (
	"fmt"

	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// stream is an EventStream that stays in the output.
type stream struct {
	// scale is timescale, offset presentationTimeOffset.
	scale, offset int64
	events        []event
}

// event is an Event of a stream: where it stands in the Period, in ticks of the
// stream.
type event struct{ at, length int64 }

// events reads the EventStreams of a Period.
func (c *compiler) events(p *period) error {
	for _, n := range p.node.Children {
		if n.Name != "EventStream" || n.Prefix != p.node.Prefix {
			continue
		}
		s, err := readStream(n)
		if err != nil {
			return fmt.Errorf("in EventStream: %w", err)
		}
		cues := cue.IsScheme(n.Get("schemeIdUri"))
		for _, e := range n.Children {
			if e.Name != "Event" {
				continue
			}
			if c.count++; c.count > mostEvents {
				return fmt.Errorf("more than %d events", mostEvents)
			}
			ev := readEvent(e)
			s.events = append(s.events, ev)
			if cues {
				if c.cues++; c.cues > mostCues {
					return fmt.Errorf("more than %d SCTE-35 events", mostCues)
				}
				at := c.t.origin + quantity.Micros(p.Start, ev.at-s.offset, s.scale)
				p.cues = append(p.cues, cue.Read(e, at, quantity.Micros(0, ev.length, s.scale)))
			}
		}
		if !c.removed(n) {
			p.streams = append(p.streams, s)
		}
	}
	return nil
}

func readStream(n *markup.Node) (s stream, err error) {
	s.scale = 1
	if v, ok := n.Attr("timescale"); ok {
		if s.scale, err = quantity.ParseTicks(v); err != nil || s.scale == 0 || s.scale > quantity.MaxScale {
			return s, fmt.Errorf("timescale %q", markup.Excerpt(v))
		}
	}
	if v, ok := n.Attr("presentationTimeOffset"); ok {
		if s.offset, err = quantity.ParseTicks(v); err != nil {
			return s, fmt.Errorf("presentationTimeOffset %q: %w", markup.Excerpt(v), err)
		}
	}
	return s, nil
}

// readEvent reads when an event is; what cannot be read is 0, as if it were absent.
func readEvent(n *markup.Node) event {
	at, _ := quantity.ParseTicks(n.Get("presentationTime"))
	length, _ := quantity.ParseTicks(n.Get("duration"))
	return event{at: at, length: length}
}

// streamOps notes what a split does to an EventStream that stays.
func (c *compiler) streamOps(p *period, n *markup.Node, at func(int) int, nested func(op, func())) {
	stream := 0
	for i := range p.ops {
		if p.ops[i].kind == opStream {
			stream++
		}
	}
	whole := n.Span.Moved(at)
	nested(op{kind: opStream, Span: whole, stream: stream}, func() {
		tag := n.Open.Moved(at)
		p.ops = append(p.ops, op{kind: opStreamTag, Span: tag, stream: stream, slots: slotsOf(n, at, attrOffset), next: len(p.ops) + 1})
		event := 0
		for _, e := range n.Children {
			if e.Name != "Event" {
				continue
			}
			where := e.Span.Moved(at)
			p.ops = append(p.ops, op{kind: opEvent, Span: where, stream: stream, event: event, next: len(p.ops) + 1})
			event++
		}
	})
}
