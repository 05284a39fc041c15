package presentation

import (
	"cmp"
	"errors"
	"slices"
	"sort"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
)

// edit replaces a stretch of the source by text, for all viewers.
type edit struct {
	from, to int
	text     string
}

// remove takes an element out of the output, with the white space before it.
func (c *compiler) remove(n *markup.Node) {
	c.gone[n] = true
	c.edits = append(c.edits, edit{from: markup.Blank(c.doc.Text, n.Span.From), to: n.Span.To})
}

// replace puts text in the place of a stretch.
func (c *compiler) replace(s markup.Span, text string) {
	if string(c.doc.Text[s.From:s.To]) != text {
		c.edits = append(c.edits, edit{from: s.From, to: s.To, text: text})
	}
}

// write makes the body of the source and its edits, and moves all that is known by
// its place in the source to its place in the body.
func (c *compiler) write() error {
	slices.SortStableFunc(c.edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	// An edit within a removed element is dropped.
	kept := c.edits[:0]
	for _, e := range c.edits {
		if n := len(kept); n > 0 && e.from < kept[n-1].to {
			if e.to > kept[n-1].to {
				return errors.New("elements overlap")
			}
			continue
		}
		kept = append(kept, e)
	}
	c.edits = kept
	text := c.doc.Text
	body := make([]byte, 0, len(text)+256)
	shifts := make([]int, len(kept)) // what is moved by each edit and those before
	done := 0
	for i, e := range kept {
		body = append(body, text[done:e.from]...)
		body = append(body, e.text...)
		done = e.to
		shifts[i] = len(body) - done
	}
	c.t.Body = append(body, text[done:]...)
	at := func(x int) int {
		// The edits that end at x or before have been applied.
		n := sort.Search(len(kept), func(i int) bool { return kept[i].to > x })
		if n < len(kept) && kept[n].from < x {
			x = kept[n].from // within an edit
		}
		if n == 0 {
			return x
		}
		return x + shifts[n-1]
	}
	c.t.where = at
	c.layout(at)
	return nil
}

// layout notes where the parts of the body are.
func (c *compiler) layout(at func(int) int) {
	t := c.t
	end := 0
	for i := range t.Periods {
		p := &t.Periods[i]
		p.Text = p.Node.Span.Moved(at)
		if i == 0 {
			t.Head = markup.Span{From: 0, To: markup.Blank(t.Body, p.Text.From)}
			end = t.Head.To
		}
		p.Gap = markup.Span{From: end, To: p.Text.From}
		end = p.Text.To
		for _, n := range c.baseURLs(p.Node) {
			p.Bases = append(p.Bases, n.Span.Moved(at))
		}
		for _, d := range p.Node.Declarations() {
			p.Spaces = append(p.Spaces, d.Moved(at))
		}
		c.ops(p, at)
	}
	t.Tail = markup.Span{From: end, To: len(t.Body)}
	t.Indent = c.indent()
	t.ClockAt = t.Tail.From
	for _, n := range c.root.Children {
		switch n.Name {
		case "Metrics", "EssentialProperty", "SupplementalProperty":
			t.ClockAt = max(t.ClockAt, at(n.Span.To))
		case "UTCTiming":
			t.Clocked = true
		}
	}
	t.HeadSlots = slotsOf(c.root, at, AttrID, AttrPublished, AttrUpdate, AttrTotal)
	t.HeadSlots = append(t.HeadSlots, Slot{Location: true, Whole: markup.Span{From: at(c.locationAt()), To: at(c.locationAt())}})
}

// locationAt is where a Location goes in the source: behind ProgramInformation and
// BaseURL, as the schema has it.
func (c *compiler) locationAt() int {
	at := c.root.Open.To
	for _, n := range c.root.Children {
		if n.Name == "ProgramInformation" || n.Name == "BaseURL" {
			at = n.Span.To
		}
	}
	return at
}

// ops notes the places in a Period that a split changes.
func (c *compiler) ops(p *Period, at func(int) int) {
	whole := func(n *markup.Node) markup.Span { return n.Span.Moved(at) }
	tag := func(n *markup.Node) markup.Span { return n.Open.Moved(at) }
	p.Ops = append(p.Ops, Op{Kind: OpPeriod, Span: tag(p.Node), Slots: slotsOf(p.Node, at, AttrID, AttrStart, AttrDuration)})
	nested := func(o Op, inside func()) {
		i := len(p.Ops)
		p.Ops = append(p.Ops, o)
		inside()
		p.Ops[i].Next = len(p.Ops)
	}
	var visit func(n *markup.Node)
	set, rep := -1, -1
	address := func(n *markup.Node, a *addressing.Address) {
		nested(Op{Kind: OpAddress, Span: tag(n), Address: a, Slots: slotsOf(n, at, AttrOffset, AttrNumber, AttrDelta, AttrPresented, AttrLast)}, func() {
			timeline, timed, urls := a.Move(at)
			if timed {
				p.Ops = append(p.Ops, Op{Kind: OpTimeline, Span: timeline, Address: a})
			}
			if !urls.Empty() {
				p.Ops = append(p.Ops, Op{Kind: OpURLs, Span: urls, Address: a})
			}
			// The schema has the timeline first; not every packager does.
			if n := len(p.Ops); n > 1 && p.Ops[n-1].Kind == OpURLs && p.Ops[n-1].From < p.Ops[n-2].From {
				p.Ops[n-1], p.Ops[n-2] = p.Ops[n-2], p.Ops[n-1]
			}
		})
	}
	visit = func(n *markup.Node) {
		for _, child := range n.Children {
			switch {
			case child.Prefix != p.Node.Prefix || c.removed(child):
			case c.found[child] != nil:
				address(child, c.found[child])
			case child.Name == "AdaptationSet" && n == p.Node:
				set, rep = set+1, -1
				nested(Op{Kind: OpSet, Span: whole(child), Set: set}, func() { visit(child) })
			case child.Name == "Representation" && set >= 0:
				rep++
				nested(Op{Kind: OpRepresentation, Span: whole(child), Set: set, Rep: rep}, func() {
					visit(child)
					if p.Sets[set].Reps[rep].Address == nil && !child.Close.Empty() {
						end := at(child.Close.From)
						p.Ops = append(p.Ops, Op{Kind: OpFile, Span: markup.Span{From: end, To: end}, Next: len(p.Ops) + 1})
					}
				})
			case continuity(child) && set >= 0:
				p.Linked = true
				p.Ops = append(p.Ops, Op{Kind: OpContinuity, Span: whole(child), Next: len(p.Ops) + 1})
			case child.Name == "EventStream" && n == p.Node:
				c.streamOps(p, child, at, nested)
			}
		}
	}
	visit(p.Node)
	p.Ops[0].Next = 1
}

// continuity is whether an element says that its set is continuous with that of the
// Period before (ISO/IEC 23009-1 §5.3.2.4, ETSI TS 103 285).
func continuity(n *markup.Node) bool {
	if n.Name != "SupplementalProperty" && n.Name != "EssentialProperty" {
		return false
	}
	switch n.Get("schemeIdUri") {
	case "urn:mpeg:dash:period-continuity:2015", "urn:dvb:dash:period_continuity:2014":
		return true
	}
	return false
}
