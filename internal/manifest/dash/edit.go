package dash

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"sort"
	"strings"

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
	from := n.Span.From
	for from > 0 && bytes.IndexByte([]byte(" \t\r\n"), c.doc.Text[from-1]) >= 0 {
		from--
	}
	c.edits = append(c.edits, edit{from: from, to: n.Span.To})
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
	c.t.body = append(body, text[done:]...)
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
	for i := range t.periods {
		p := &t.periods[i]
		p.text = p.node.Span.Moved(at)
		if i == 0 {
			t.head = markup.Span{From: 0, To: c.headEnd(p.text.From)}
			end = t.head.To
		}
		p.gap = markup.Span{From: end, To: p.text.From}
		end = p.text.To
		for _, n := range c.baseURLs(p.node) {
			p.bases = append(p.bases, n.Span.Moved(at))
		}
		for _, d := range declarations(p.node) {
			p.spaces = append(p.spaces, d.Moved(at))
		}
		c.ops(p, at)
		p.layout = t.layoutOf(p)
	}
	t.tail = markup.Span{From: end, To: len(t.body)}
	t.indent = c.indent()
	t.clockAt = t.tail.From
	for _, n := range c.root.Children {
		switch n.Name {
		case "Metrics", "EssentialProperty", "SupplementalProperty":
			t.clockAt = max(t.clockAt, at(n.Span.To))
		case "UTCTiming":
			t.clocked = true
		}
	}
	t.headSlots = slotsOf(c.root, at, attrID, attrPublished, attrUpdate, attrTotal)
	t.headSlots = append(t.headSlots, slot{location: true, whole: markup.Span{From: at(c.locationAt()), To: at(c.locationAt())}})
}

// declarations are the attributes that declare namespaces.
func declarations(n *markup.Node) (list []markup.Span) {
	for i := range n.Attrs {
		if a := &n.Attrs[i]; a.Name == "xmlns" || strings.HasPrefix(a.Name, "xmlns:") {
			list = append(list, a.Whole)
		}
	}
	return list
}

// headEnd is where the white space before the first Period begins.
func (c *compiler) headEnd(at int) int {
	for at > 0 && bytes.IndexByte([]byte(" \t\r\n"), c.t.body[at-1]) >= 0 {
		at--
	}
	return at
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
func (c *compiler) ops(p *period, at func(int) int) {
	whole := func(n *markup.Node) markup.Span { return n.Span.Moved(at) }
	tag := func(n *markup.Node) markup.Span { return n.Open.Moved(at) }
	p.ops = append(p.ops, op{kind: opPeriod, Span: tag(p.node), slots: slotsOf(p.node, at, attrID, attrStart, attrDuration)})
	nested := func(o op, inside func()) {
		i := len(p.ops)
		p.ops = append(p.ops, o)
		inside()
		p.ops[i].next = len(p.ops)
	}
	var visit func(n *markup.Node)
	set, rep := -1, -1
	address := func(n *markup.Node, a *addressing.Address) {
		nested(op{kind: opAddress, Span: tag(n), address: a, slots: slotsOf(n, at, attrOffset, attrNumber, attrDelta, attrPresented, attrLast)}, func() {
			timeline, timed, urls := a.Move(at)
			if timed {
				p.ops = append(p.ops, op{kind: opTimeline, Span: timeline, address: a})
			}
			if !urls.Empty() {
				p.ops = append(p.ops, op{kind: opURLs, Span: urls, address: a})
			}
			// The schema has the timeline first; not every packager does.
			if n := len(p.ops); n > 1 && p.ops[n-1].kind == opURLs && p.ops[n-1].From < p.ops[n-2].From {
				p.ops[n-1], p.ops[n-2] = p.ops[n-2], p.ops[n-1]
			}
		})
	}
	visit = func(n *markup.Node) {
		for _, child := range n.Children {
			switch {
			case child.Prefix != p.node.Prefix || c.removed(child):
			case c.found[child] != nil:
				address(child, c.found[child])
			case child.Name == "AdaptationSet" && n == p.node:
				set, rep = set+1, -1
				nested(op{kind: opSet, Span: whole(child), set: set}, func() { visit(child) })
			case child.Name == "Representation" && set >= 0:
				rep++
				nested(op{kind: opRepresentation, Span: whole(child), set: set, rep: rep}, func() {
					visit(child)
					if p.sets[set].reps[rep].address == nil && !child.Close.Empty() {
						end := at(child.Close.From)
						p.ops = append(p.ops, op{kind: opFile, Span: markup.Span{From: end, To: end}, next: len(p.ops) + 1})
					}
				})
			case continuity(child) && set >= 0:
				p.linked = true
				p.ops = append(p.ops, op{kind: opContinuity, Span: whole(child), next: len(p.ops) + 1})
			case child.Name == "EventStream" && n == p.node:
				c.streamOps(p, child, at, nested)
			}
		}
	}
	visit(p.node)
	p.ops[0].next = 1
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
