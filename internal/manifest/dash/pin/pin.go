package pin

import (
	"errors"
	"slices"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/presentation"
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

// Keep are the Periods of an MPD with some ids, to be kept in a later state of it.
func Keep(t *presentation.Presentation, ids []string) (list []Kept) {
	bases, spaces := above(t.Root)
	for i := range t.Periods {
		p := &t.Periods[i]
		if p.Early || !slices.Contains(ids, p.ID) {
			continue
		}
		k := Kept{ID: p.ID, at: p.From(), text: p.Node.Bytes(), tag: p.Node.NameEnd() - p.Node.Span.From}
		k.started, k.based = p.Node.Find("start") != nil, p.Node.Child("BaseURL") != nil
		k.bases, k.spaces = bases, spaces
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
	for _, d := range root.Declarations() {
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

// Pin writes an MPD with what was published of it before: availabilityStartTime, the
// starts, the media times and the ids of its Periods, and the Periods that it has dropped.
// A Period that is not among the starts stays as it is.
func (past *Past) Pin(body []byte) ([]byte, error) {
	doc, err := presentation.Parse(body)
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
		w.edit(n, "start", err != nil || quantity.Micros(was, 0, 1) != at, quantity.AppendDuration(nil, at), "id", s.As != "", markup.Append(nil, s.As))
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
