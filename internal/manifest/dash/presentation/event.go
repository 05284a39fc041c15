package presentation

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
func (c *compiler) events(p *Period) error {
	for _, n := range p.Node.Children {
		if n.Name != "EventStream" || n.Prefix != p.Node.Prefix {
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
				at := c.t.Origin + quantity.Micros(p.Start, ev.at-s.offset, s.scale)
				p.cues = append(p.cues, cue.Read(e, at, quantity.Micros(0, ev.length, s.scale)))
			}
		}
		if !c.removed(n) {
			p.streams = append(p.streams, s)
		}
	}
	return nil
}

// scan reads the events of all Periods.
func (t *Presentation) scan() {
	var periods []cue.Period
	var index []int
	for i := range t.Periods {
		if p := &t.Periods[i]; !p.Early {
			periods = append(periods, cue.Period{ID: p.ID, From: p.From(), Until: p.Until(), Cues: p.cues})
			index = append(index, i)
		}
	}
	found := cue.Scan(periods, cue.Options{SinglePeriod: t.options.SinglePeriod, Dynamic: t.dynamic})
	t.Marks, t.Avails = found.Marks, found.Avails
	for _, i := range found.Periods {
		t.Periods[index[i]].Avail = true
	}
}

// Events is how many events a stream has.
func (p *Period) Events(stream int) int { return len(p.streams[stream].events) }

// Event is when event i of a stream begins and ends, in Unix microseconds.
func (p *Period) Event(stream, i int) (from, until int64) {
	s := &p.streams[stream]
	e := &s.events[i]
	from = p.Origin + quantity.Micros(p.Start, e.at-s.offset, s.scale)
	return from, from + quantity.Micros(0, e.length, s.scale)
}

// StreamOffset is the presentationTimeOffset of a stream in a Period that begins at a time
// in Unix microseconds, in ticks of the stream.
func (p *Period) StreamOffset(stream int, at int64) int64 {
	s := &p.streams[stream]
	return s.offset + quantity.Ticks(at-p.Origin, p.Start, s.scale)
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
func (c *compiler) streamOps(p *Period, n *markup.Node, at func(int) int, nested func(Op, func())) {
	stream := 0
	for i := range p.Ops {
		if p.Ops[i].Kind == OpStream {
			stream++
		}
	}
	whole := n.Span.Moved(at)
	nested(Op{Kind: OpStream, Span: whole, Stream: stream}, func() {
		tag := n.Open.Moved(at)
		p.Ops = append(p.Ops, Op{Kind: OpStreamTag, Span: tag, Stream: stream, Slots: slotsOf(n, at, AttrOffset), Next: len(p.Ops) + 1})
		event := 0
		for _, e := range n.Children {
			if e.Name != "Event" {
				continue
			}
			where := e.Span.Moved(at)
			p.Ops = append(p.Ops, Op{Kind: OpEvent, Span: where, Stream: stream, Event: event, Next: len(p.Ops) + 1})
			event++
		}
	})
}
