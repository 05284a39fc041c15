package dash

import (
	"errors"
	"slices"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// Start is where a Period of the origin begins, in Unix microseconds.
type Start struct {
	ID string
	At int64
}

// Starts are availabilityStartTime, in Unix microseconds, and where the Periods begin
// that have an id. Neither may change once it was published (P2).
func (t *Template) Starts() (origin int64, list []Start) {
	for i := range t.periods {
		if p := &t.periods[i]; !p.early && p.id != "" {
			list = append(list, Start{p.id, t.at(p)})
		}
	}
	return t.origin, list
}

// errBeforeStart says that a Period begins before availabilityStartTime.
var errBeforeStart = errors.New("a Period begins before availabilityStartTime")

// Pin writes an MPD with another availabilityStartTime and with other starts of its
// Periods: those that were published before the origin changed them. A Period that is
// not among starts stays as it is.
func Pin(body []byte, origin int64, starts []Start) ([]byte, error) {
	doc, err := markup.Parse(body, markup.Limits{Bytes: mostBytes, Depth: mostDepth, Elements: mostElements, Attrs: mostAttrs})
	if err != nil {
		return nil, err
	}
	var out []byte
	done := 0
	set := func(n *markup.Node, name string, value []byte) {
		if a := n.Find(name); a != nil {
			out = append(append(out, body[done:a.Value.From]...), value...)
			done = a.Value.To
			return
		}
		out = append(out, body[done:n.NameEnd()]...)
		out = append(append(append(append(append(out, ' '), name...), `="`...), value...), '"')
		done = n.NameEnd()
	}
	if was, err := quantity.ParseDate(doc.Root.Get("availabilityStartTime")); err != nil || was != origin {
		set(doc.Root, "availabilityStartTime", quantity.AppendDate(nil, origin))
	}
	for _, n := range doc.Root.Children {
		if n.Name != "Period" {
			continue
		}
		i := slices.IndexFunc(starts, func(s Start) bool { return s.ID == n.Get("id") })
		if i < 0 {
			continue
		}
		at := starts[i].At - origin
		if at < 0 {
			return nil, errBeforeStart
		}
		if was, err := quantity.ParseDuration(n.Get("start")); err != nil || floorMicros(was) != at {
			set(n, "start", quantity.AppendDuration(nil, at))
		}
	}
	return append(out, body[done:]...), nil
}
