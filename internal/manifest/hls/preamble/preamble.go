// Package preamble holds what stands before the segments of a playlist, with the places of
// the lines that are a viewer's own.
package preamble

// Text is shared bytes with the places where a viewer's own lines go.
type Text struct {
	b     []byte
	slots []slot
}

// slot is the place of a line that depends on the plan, or that is known only
// when all of the playlist was read.
type slot struct {
	at   int
	kind Line
}

// Line is a line that depends on the plan.
type Line uint8

// The lines: EXT-X-VERSION, EXT-X-MEDIA-SEQUENCE, EXT-X-DISCONTINUITY-SEQUENCE and
// EXT-X-PLAYLIST-TYPE.
const (
	Version Line = iota + 1
	Sequence
	Discontinuity
	Type
)

// Parts are the stretches of the text, and the line that goes after each; 0 after the last.
func (x *Text) Parts(yield func(text []byte, after Line) bool) {
	done := 0
	for _, s := range x.slots {
		if !yield(x.b[done:s.at], s.kind) {
			return
		}
		done = s.at
	}
	yield(x.b[done:], 0)
}

func (x *Text) slot(k Line) { x.slots = append(x.slots, slot{len(x.b), k}) }

func (x *Text) has(k Line) bool {
	for _, s := range x.slots {
		if s.kind == k {
			return true
		}
	}
	return false
}

// insert puts a slot at a place, after those that are there already; the
// version comes before them.
func (x *Text) insert(at int, k Line) {
	i := len(x.slots)
	for i > 0 && (x.slots[i-1].at > at || k == Version && x.slots[i-1].at == at) {
		i--
	}
	x.slots = append(x.slots, slot{})
	copy(x.slots[i+1:], x.slots[i:])
	x.slots[i] = slot{at, k}
}

// truncate cuts the text at a place; slots at it stay.
func (x *Text) truncate(at int) {
	x.b = x.b[:at]
	for n := len(x.slots); n > 0 && x.slots[n-1].at > at; n-- {
		x.slots = x.slots[:n-1]
	}
}

// join appends another text.
func (x *Text) join(y *Text) {
	for _, s := range y.slots {
		x.slots = append(x.slots, slot{len(x.b) + s.at, s.kind})
	}
	x.b = append(x.b, y.b...)
}

// Preamble gathers what stands before the first segment. Tags of the playlist
// as a whole may legally stand among those of the first segment (a MAP before
// MEDIA-SEQUENCE), so it is kept twice: as written, and without what belongs
// to the segment, for playlists that begin with something else.
type Preamble struct {
	head, lead Text
	// late holds playlist tags that stand after a segment; they are moved to
	// the head, so that they do not vanish with the segment.
	late Text
	// mark is the length of lead after the last playlist tag, rest that of
	// the body at that moment.
	mark int
	rest int
	// pure is the length of head when the first tag of a segment came, or -1;
	// m3u and target are those after EXTM3U and EXT-X-TARGETDURATION.
	pure, m3u, target int
	passed            bool // a segment was read
}

// New is an empty preamble.
func New() Preamble { return Preamble{pure: -1} }

// Begun is whether there is a line.
func (p *Preamble) Begun() bool { return p.m3u > 0 }

// Pure is whether neither a tag of a segment nor a segment was read.
func (p *Preamble) Pure() bool { return !p.passed && p.pure < 0 }

// Pass says that a segment was read.
func (p *Preamble) Pass() { p.passed = true }

// Target says that EXT-X-TARGETDURATION was added last.
func (p *Preamble) Target() {
	if p.Pure() {
		p.target = len(p.head.b)
	}
}

// Scoped adds a line of the first segment.
func (p *Preamble) Scoped(line []byte) {
	if !p.passed {
		p.scoped()
		p.lead.b = append(p.lead.b, line...)
	}
}

// Add adds a tag of the playlist as a whole, which stands at a place of the body of the
// playlist.
func (p *Preamble) Add(line []byte, bodyLength int) {
	if p.passed {
		p.late.b = append(p.late.b, line...)
		return
	}
	p.head.b = append(p.head.b, line...)
	p.lead.b = append(p.lead.b, line...)
	p.mark, p.rest = len(p.lead.b), bodyLength
	if p.m3u == 0 {
		p.m3u = len(p.head.b)
	}
}

// Slot marks the place of a line of which the plan decides, as Add does.
func (p *Preamble) Slot(k Line, bodyLength int) {
	if p.passed {
		p.late.slot(k)
		return
	}
	p.head.slot(k)
	p.lead.slot(k)
	p.mark, p.rest = len(p.lead.b), bodyLength
}

// scoped notes that a tag of a segment comes.
func (p *Preamble) scoped() {
	if p.pure < 0 {
		p.pure = len(p.head.b)
	}
}

// Finish gives every line that depends on the plan its place. It returns the text without
// what belongs to the first segment, that with everything of it up to the last tag of the
// playlist as a whole, and where in the body the latter ends.
func (p *Preamble) Finish() (head, lead Text, rest int) {
	p.lead.truncate(p.mark)
	p.scoped()
	p.pure = min(p.pure, len(p.lead.b))
	p.head.join(&p.late)
	p.lead.join(&p.late)
	if !p.head.has(Version) {
		p.insert(p.m3u, Version)
	}
	if !p.head.has(Sequence) {
		at := p.pure
		if p.target > 0 {
			at = min(at, p.target)
		}
		p.insert(at, Sequence)
	}
	if !p.head.has(Discontinuity) {
		at := p.pure
		for _, s := range p.head.slots {
			if s.kind == Sequence {
				at = min(at, s.at)
			}
		}
		p.insert(at, Discontinuity)
	}
	return p.head, p.lead, p.rest
}

func (p *Preamble) insert(at int, k Line) {
	p.head.insert(at, k)
	p.lead.insert(at, k)
}
