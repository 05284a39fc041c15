package dash

import (
	"errors"
	"slices"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// Start is where a Period of the origin begins, in Unix microseconds.
type Start struct {
	ID string
	At int64
	// Zero is when the media time 0 of the Period is, or its segment 0 where segments are
	// counted: it tells whether its media goes on, or begins anew.
	Zero int64
	// As is the id under which the Period is published; "" is its own.
	As string
	// Slide is by how much its media times, and those of its events, are to be moved back
	// for that, in microseconds.
	Slide int64
}

// Name is the id under which the Period is published.
func (s *Start) Name() string {
	if s.As != "" {
		return s.As
	}
	return s.ID
}

// Starts are availabilityStartTime, in Unix microseconds, and where the Periods begin
// that have an id. Neither may change once it was published (P2).
func (t *Template) Starts() (origin int64, list []Start) {
	for i := range t.periods {
		if p := &t.periods[i]; !p.early && p.id != "" {
			list = append(list, Start{ID: p.id, At: p.From(), Zero: p.zero()})
		}
	}
	return t.origin, list
}

// zero is when the media time 0 of a Period is, or its segment 0 where they are counted.
func (p *period) zero() int64 {
	if p.reference == nil {
		return p.From()
	}
	return p.reference.address.Zero(&p.Bounds)
}

// errBeforeStart says that a Period begins before availabilityStartTime.
var errBeforeStart = errors.New("a Period begins before availabilityStartTime")

// Past is what was published of an MPD before its origin changed it.
type Past struct {
	// Origin is availabilityStartTime in Unix microseconds, Starts where the Periods begin
	// that the MPD has.
	Origin int64
	Starts []Start
	// Kept are the Periods that it does not have any more, and that the window has.
	Kept []Kept
	// Offsets are the presentationTimeOffsets of Periods that slide, as they were
	// published, by the name of the Period.
	Offsets map[string][]Offset
}

// Kept is a Period that the origin has dropped.
type Kept struct {
	ID string
	at int64
	// text is the element, tag where its name ends, bases the BaseURLs of its MPD, spaces
	// the namespaces that are declared there.
	text          []byte
	tag           int
	started       bool
	based         bool
	bases, spaces string
}

// mostKept bounds how many Periods are kept that the origin has dropped.
const mostKept = 64

// publication is what a state of an MPD is published as.
type publication struct {
	stream any
	edge   int64
	as     *Template
}

// PublishedAs is what the template is published as on a stream while it is known up to an
// edge; nil where Publish was not told. It is found once for all viewers.
func (t *Template) PublishedAs(stream any, edge int64) *Template {
	if p := t.publication.Load(); p != nil && p.stream == stream && p.edge == edge {
		return p.as
	}
	return nil
}

// Publish says what the template is published as.
func (t *Template) Publish(stream any, edge int64, as *Template) {
	t.publication.Store(&publication{stream, edge, as})
}

// Dropped are the ids of those Periods that end after a time and of which next, a later
// state of the MPD, has neither themselves nor any before them.
func (t *Template) Dropped(next []Start, after int64) (ids []string) {
	if len(next) == 0 {
		return nil
	}
	for i := range t.periods {
		p := &t.periods[i]
		if p.early || p.id == "" {
			continue
		}
		if p.id == next[0].Name() || p.From() >= next[0].At || len(ids) == mostKept {
			break
		}
		end := min(t.reach(p), next[0].At)
		if i+1 < len(t.periods) && !t.periods[i+1].early {
			end = min(end, t.periods[i+1].From())
		}
		if end > after && !slices.ContainsFunc(next, func(s Start) bool { return s.Name() == p.id }) {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// Continues is whether next, a later state of the MPD, begins with a Period of this one.
func (t *Template) Continues(next []Start) bool {
	return len(next) == 0 || slices.ContainsFunc(t.periods, func(p period) bool { return p.id == next[0].Name() })
}

// reach is where a Period ends, or, as long as it is open, how far it was listed.
func (t *Template) reach(p *period) int64 {
	if p.End >= 0 {
		return p.Until()
	}
	v := t.fixed
	if v == nil {
		v = t.newest.Load()
	}
	if v == nil {
		return p.From()
	}
	return v.edge
}

// Keep are the Periods with some ids, to be kept in a later state of the MPD; none where t
// is nil.
func (t *Template) Keep(ids []string) (list []Kept) {
	if t == nil {
		return nil
	}
	for i := range t.periods {
		p := &t.periods[i]
		if p.early || !slices.Contains(ids, p.id) {
			continue
		}
		k := Kept{ID: p.id, at: p.From(), text: p.node.Bytes(), tag: p.node.NameEnd() - p.node.Span.From}
		k.started, k.based = p.node.Find("start") != nil, p.node.Child("BaseURL") != nil
		k.bases, k.spaces = t.bases, t.spaces
		list = append(list, k)
	}
	return list
}

// above are the BaseURLs of an MPD and the namespaces that it declares.
func above(root *markup.Node) (bases, spaces string) {
	for _, n := range root.Children {
		if n.Name == "BaseURL" && n.Prefix == root.Prefix {
			bases += string(n.Bytes())
		}
	}
	for _, d := range declarations(root) {
		spaces += string(root.Source(d))
	}
	return bases, root.Prefix + spaces
}

// append writes the Period for an MPD with other BaseURLs; nothing where it would not mean
// the same there.
func (k *Kept) append(dst []byte, origin int64, bases, spaces string) []byte {
	if k.spaces != spaces || k.at < origin || k.bases != bases && k.based {
		return dst
	}
	dst = append(dst, k.text[:k.tag]...)
	if !k.started {
		dst = append(dst, ` start="`...)
		dst = append(quantity.AppendDuration(dst, k.at-origin), '"')
	}
	rest := k.text[k.tag:]
	if i := slices.Index(rest, '>') + 1; k.bases != bases && i > 1 && rest[i-2] != '/' {
		dst = append(append(dst, rest[:i]...), k.bases...)
		rest = rest[i:]
	}
	return append(append(dst, rest...), '\n')
}

// Compile compiles an MPD with what was published of it before. Options are those of Compile.
func (p *Past) Compile(body []byte, o Options) (*Template, error) {
	text, err := Pin(body, p)
	if err != nil {
		return nil, err
	}
	return Compile(text, o)
}

// Pin writes an MPD with what was published of it before: availabilityStartTime, the
// starts, the media times and the ids of its Periods, and the Periods that it has dropped. A Period that
// is not among the starts stays as it is.
func Pin(body []byte, past *Past) ([]byte, error) {
	doc, err := markup.Parse(body, markup.Limits{Bytes: mostBytes, Depth: mostDepth, Elements: mostElements, Attrs: mostAttrs})
	if err != nil {
		return nil, err
	}
	w := pinner{body: body}
	if was, err := quantity.ParseDate(doc.Root.Get("availabilityStartTime")); err != nil || was != past.Origin {
		w.set(doc.Root, "availabilityStartTime", quantity.AppendDate(nil, past.Origin))
	}
	bases, spaces := above(doc.Root)
	first := true
	for _, n := range doc.Root.Children {
		if n.Name != "Period" || n.Prefix != doc.Root.Prefix {
			continue
		}
		if first {
			w.copy(n.Span.From)
			for i := range past.Kept {
				w.out = past.Kept[i].append(w.out, past.Origin, bases, spaces)
			}
			first = false
		}
		i := slices.IndexFunc(past.Starts, func(s Start) bool { return s.ID == n.Get("id") })
		if i < 0 {
			continue
		}
		s := &past.Starts[i]
		at := s.At - past.Origin
		if at < 0 {
			return nil, errBeforeStart
		}
		was, err := quantity.ParseDuration(n.Get("start"))
		w.edit(n, "start", err != nil || floorMicros(was) != at, quantity.AppendDuration(nil, at), "id", s.As != "", markup.Append(nil, s.As))
		if s.Slide != 0 {
			(&slider{pinner: &w, by: s.Slide, known: past.Offsets[s.Name()]}).element(n, [addressing.Single + 1]inherited{})
		}
	}
	return append(w.out, body[w.done:]...), nil
}

// pinner writes a text with other values of attributes.
type pinner struct {
	body, out []byte
	done      int
}

// copy copies the text up to a place.
func (w *pinner) copy(to int) {
	w.out = append(w.out, w.body[w.done:to]...)
	w.done = to
}

// edit sets two attributes of an element, each if it differs, in the order of the text.
func (w *pinner) edit(n *markup.Node, a string, setA bool, valueA []byte, b string, setB bool, valueB []byte) {
	place := func(name string) int {
		if x := n.Find(name); x != nil {
			return x.Value.From
		}
		return n.NameEnd()
	}
	if place(b) < place(a) {
		a, setA, valueA, b, setB, valueB = b, setB, valueB, a, setA, valueA
	}
	if setA {
		w.set(n, a, valueA)
	}
	if setB {
		w.set(n, b, valueB)
	}
}

// set writes an attribute of an element.
func (w *pinner) set(n *markup.Node, name string, value []byte) {
	if a := n.Find(name); a != nil {
		w.copy(a.Value.From)
		w.out = append(w.out, value...)
		w.done = a.Value.To
		return
	}
	w.copy(n.NameEnd())
	w.out = append(append(append(append(append(w.out, ' '), name...), `="`...), value...), '"')
}
