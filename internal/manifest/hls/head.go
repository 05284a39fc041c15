package hls

// text is shared bytes with the places where a viewer's own lines go.
type text struct {
	b     []byte
	slots []slot
}

// slot is the place of a line that depends on the plan, or that is known only
// when all of the playlist was read.
type slot struct {
	at   int
	kind slotKind
}

type slotKind uint8

const (
	slotVersion slotKind = iota + 1
	slotSequence
	slotDiscontinuity
	slotType
)

func (x *text) slot(k slotKind) { x.slots = append(x.slots, slot{len(x.b), k}) }

func (x *text) has(k slotKind) bool {
	for _, s := range x.slots {
		if s.kind == k {
			return true
		}
	}
	return false
}

// insert puts a slot at a place, after those that are there already; the
// version comes before them.
func (x *text) insert(at int, k slotKind) {
	i := len(x.slots)
	for i > 0 && (x.slots[i-1].at > at || k == slotVersion && x.slots[i-1].at == at) {
		i--
	}
	x.slots = append(x.slots, slot{})
	copy(x.slots[i+1:], x.slots[i:])
	x.slots[i] = slot{at, k}
}

// truncate cuts the text at a place; slots at it stay.
func (x *text) truncate(at int) {
	x.b = x.b[:at]
	for n := len(x.slots); n > 0 && x.slots[n-1].at > at; n-- {
		x.slots = x.slots[:n-1]
	}
}

// join appends another text.
func (x *text) join(y *text) {
	for _, s := range y.slots {
		x.slots = append(x.slots, slot{len(x.b) + s.at, s.kind})
	}
	x.b = append(x.b, y.b...)
}

// preamble gathers what stands before the first segment. Tags of the playlist
// as a whole may legally stand among those of the first segment (a MAP before
// MEDIA-SEQUENCE), so it is kept twice: as written, and without what belongs
// to the segment, for playlists that begin with something else.
type preamble struct {
	head, lead text
	// late holds playlist tags that stand after a segment; they are moved to
	// the head, so that they do not vanish with the segment.
	late text
	// mark is the length of lead after the last playlist tag, rest that of
	// the body at that moment.
	mark int
	rest int
	// pure is the length of head when the first tag of a segment came, or -1;
	// m3u and target are those after EXTM3U and EXT-X-TARGETDURATION.
	pure, m3u, target int
	passed            bool // a segment was read
}

// add writes a tag of the playlist as a whole.
func (p *preamble) add(line []byte, bodyLength int) {
	if p.passed {
		p.late.b = append(p.late.b, line...)
		return
	}
	p.head.b = append(p.head.b, line...)
	p.lead.b = append(p.lead.b, line...)
	p.mark, p.rest = len(p.lead.b), bodyLength
}

// slot marks the place of a line of which the plan decides.
func (p *preamble) slot(k slotKind, bodyLength int) {
	if p.passed {
		p.late.slot(k)
		return
	}
	p.head.slot(k)
	p.lead.slot(k)
	p.mark, p.rest = len(p.lead.b), bodyLength
}

// scoped notes that a tag of a segment comes.
func (p *preamble) scoped() {
	if p.pure < 0 {
		p.pure = len(p.head.b)
	}
}

// finish gives every line that depends on the plan its place.
func (p *preamble) finish() {
	p.lead.truncate(p.mark)
	p.scoped()
	p.pure = min(p.pure, len(p.lead.b))
	p.head.join(&p.late)
	p.lead.join(&p.late)
	if !p.head.has(slotVersion) {
		p.insert(p.m3u, slotVersion)
	}
	if !p.head.has(slotSequence) {
		at := p.pure
		if p.target > 0 {
			at = min(at, p.target)
		}
		p.insert(at, slotSequence)
	}
	if !p.head.has(slotDiscontinuity) {
		at := p.pure
		for _, s := range p.head.slots {
			if s.kind == slotSequence {
				at = min(at, s.at)
			}
		}
		p.insert(at, slotDiscontinuity)
	}
}

func (p *preamble) insert(at int, k slotKind) {
	p.head.insert(at, k)
	p.lead.insert(at, k)
}
