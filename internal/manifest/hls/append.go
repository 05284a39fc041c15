package hls

import (
	"strconv"

	"stitcher/internal/manifest/gzipped"
	"stitcher/internal/manifest/hls/dates"
	"stitcher/internal/manifest/hls/preamble"
	"stitcher/internal/manifest/hls/syntax"
)

// Append writes a viewer's playlist: shared text of the template and the few
// lines that are the viewer's own. Nothing is parsed, and nothing is allocated
// but the growth of dst.
//
// The plan's indexes must lie within the template and within the renditions of
// its ads.
func (t *Template) Append(dst []byte, p *Plan) []byte { return t.append(dst, p, nil) }

// append notes in shared, if it is there, where long text of the template is.
func (t *Template) append(dst []byte, p *Plan, shared *[]gzipped.Shared) []byte {
	w := writer{t: t, p: p, dst: dst, clear: true, shared: shared}
	whole := len(p.Runs) > 0 && p.Runs[0].Ad == nil && p.Runs[0].From == 0 && p.Runs[0].To > 0 && !p.Runs[0].Splice
	if whole {
		w.text(&t.lead)
	} else {
		w.text(&t.head)
	}
	for i := range p.Runs {
		switch r := &p.Runs[i]; {
		case r.Ad != nil:
			w.ad(i)
		case i == 0 && whole:
			w.by = r.Shift
			w.copy(t.rest, t.blocks[r.To].start)
			w.follow(r)
		default:
			w.content(r)
		}
	}
	for i := range p.Signals {
		w.signal(&p.Signals[i])
	}
	if p.Tail {
		w.tail()
	}
	return w.dst
}

// writer is one call of Append.
type writer struct {
	t   *Template
	p   *Plan
	dst []byte
	// next is the segment after the last content written.
	next int
	// ads is whether the last run was an ad; keyed whether METHOD=NONE or
	// content has said what key ads stand under; clear whether no key is in
	// force.
	ads, keyed, clear bool
	// by is how much the dates of the content that is being written move.
	by    int64
	dates syntax.Dates
	// shared takes notes of what is copied.
	shared *[]gzipped.Shared
}

func (w *writer) copy(from, to uint32) {
	if len(w.p.Shifts) > 0 {
		w.redate(w.t.body[from:to])
		return
	}
	if w.shared != nil && to-from >= gzipped.Least {
		*w.shared = append(*w.shared, gzipped.Shared{At: len(w.dst), From: from, To: to})
	}
	w.dst = append(w.dst, w.t.body[from:to]...)
}

// add writes text of the template that is not in its body.
func (w *writer) add(text []byte) {
	if len(w.p.Shifts) > 0 {
		w.redate(text)
		return
	}
	w.dst = append(w.dst, text...)
}

// redate writes text of the template with its dates moved.
func (w *writer) redate(text []byte) {
	w.dst = dates.Append(w.dst, text, w.t.eol, w.p.Shifts, w.by)
}

func (w *writer) span(s span) { w.copy(s.from, s.to) }

func (w *writer) eol() { w.dst = append(w.dst, w.t.eol...) }

func (w *writer) line(s string) {
	w.dst = append(w.dst, s...)
	w.eol()
}

// text writes what stands before the segments.
func (w *writer) text(x *preamble.Text) {
	for text, after := range x.Parts {
		w.add(text)
		w.slot(after)
	}
}

// slot writes a line of the head that depends on the plan.
func (w *writer) slot(k preamble.Line) {
	t := w.t
	switch k {
	case preamble.Version:
		w.dst = append(w.dst, t.versionLine...)
	case preamble.Sequence:
		w.number("#EXT-X-MEDIA-SEQUENCE:", w.p.Sequence, t.Sequence, t.sequenceLine)
	case preamble.Discontinuity:
		w.number("#EXT-X-DISCONTINUITY-SEQUENCE:", w.p.Discontinuity, t.Discontinuity, t.discontinuityLine)
	case preamble.Type:
		// A playlist whose head has left is no EVENT playlist (RFC 8216bis
		// §6.2.1).
		if r := w.p.Runs; t.Type == "EVENT" && len(r) > 0 && r[0].Ad == nil && r[0].From > 0 {
			return
		}
		w.dst = append(w.dst, t.typeLine...)
	}
}

// number writes a numeric tag of the head: the origin's own line where it says
// the same, none where both are silent.
func (w *writer) number(tag string, n, origin int64, line []byte) {
	switch {
	case n == origin:
		w.dst = append(w.dst, line...)
	case n != 0 || line != nil:
		w.dst = appendNumberTag(w.dst, tag, n, w.t.eol)
	}
}

// ad writes run i, the listed segments of an item.
func (w *writer) ad(i int) {
	a := w.p.Runs[i].Ad
	if a.From >= a.To {
		return
	}
	if !w.ads {
		w.keep(w.next, w.resume(i), false)
	}
	if a.Discontinuity {
		w.line("#EXT-X-DISCONTINUITY")
	}
	if !w.clear || w.t.Encrypted && !w.keyed {
		w.line("#EXT-X-KEY:METHOD=NONE")
	}
	w.ads, w.keyed, w.clear = true, true, true
	mapped := w.mappedAt(i)
	gap := (mapped >= 0) != (a.Rendition.Init != "")
	switch {
	case gap && mapped >= 0:
		w.span(w.t.maps[mapped].span) // in force all along, also once the content has left
	case a.Rendition.Init != "" && !gap:
		w.dst = append(w.dst, `#EXT-X-MAP:URI="`...)
		w.dst = w.asset(w.dst, a, a.Rendition.Init)
		w.line(`"`)
	}
	if a.Dated {
		w.date(a.Time)
	}
	for j := a.From; j < a.To; j++ {
		s := &a.Rendition.Segments[j]
		dst := append(w.dst, "#EXTINF:"...)
		dst = syntax.AppendSeconds(dst, s.Duration)
		dst = append(dst, ',')
		dst = append(dst, w.t.eol...)
		if gap {
			dst = append(dst, "#EXT-X-GAP"...)
			dst = append(dst, w.t.eol...)
		}
		if w.p.SegmentPrefix == "" {
			dst = w.asset(dst, a, s.Name)
		} else {
			dst = append(dst, w.p.SegmentPrefix...)
			dst = append(dst, w.p.SegmentFolder...)
			dst = strconv.AppendInt(dst, a.Number+int64(j-a.From), 10)
			dst = append(dst, extension(s.Name)...)
			dst = append(dst, w.p.Query...)
		}
		w.dst = append(dst, w.t.eol...)
	}
}

// mappedAt is the index of the EXT-X-MAP that is in force in the content around
// the ad of run i, before it or else after it; -1 if the plan has no such segment.
//
// It decides whether the ad can stand there. A MAP lasts until the next one or
// the end of the playlist, and nothing ends it (RFC 8216bis §4.4.4.5): an ad
// without one would be read with the content's initialization section, and
// content without one with the ad's. The segments of such an ad are written as
// gaps (§4.4.4.7), which keep the playlist's numbers and times and are never
// loaded.
func (w *writer) mappedAt(i int) int32 {
	at := w.next - 1
	if at < 0 {
		at = min(w.resume(i), len(w.t.Segments)-1)
	}
	if at < 0 {
		return -1
	}
	return w.t.blocks[at].mapped
}

// asset appends the URI of a file of an ad.
func (w *writer) asset(dst []byte, a *AdRun, name string) []byte {
	dst = append(dst, w.p.AssetPrefix...)
	dst = append(dst, a.Asset...)
	dst = append(dst, '/')
	return append(dst, name...)
}

// extension is a file name from its last dot: FFmpeg refuses segments without.
func extension(name string) string {
	for i := len(name) - 1; i >= 0 && name[i] != '/'; i-- {
		if name[i] == '.' {
			return name[i:]
		}
	}
	return ""
}

func (w *writer) date(us int64) {
	w.dst = append(w.dst, "#EXT-X-PROGRAM-DATE-TIME:"...)
	w.dst = w.dates.Append(w.dst, us)
	w.eol()
}

// resume is the segment with which content goes on after run i, or the end of
// the template.
func (w *writer) resume(i int) int {
	for _, r := range w.p.Runs[i:] {
		if r.Ad == nil {
			return r.From
		}
	}
	return len(w.t.Segments)
}

// keep writes the lines of segments [from, to) that must not vanish with them.
func (w *writer) keep(from, to int, after bool) {
	for i := range w.t.kept {
		k := &w.t.kept[i]
		if int(k.segment) >= from && int(k.segment) < to && k.after == after {
			w.span(k.span)
		}
	}
}

// content writes a run of the template's segments.
func (w *writer) content(r *Run) {
	if r.From >= r.To {
		return
	}
	t := w.t
	w.by = r.Shift
	if !w.ads && !r.Splice && r.From == w.next && r.From > 0 {
		w.copy(t.blocks[r.From].start, t.blocks[r.To].start)
		w.follow(r)
		return
	}
	if !w.ads {
		w.keep(w.next, r.From, false)
	}
	w.keep(w.next, r.From, true)
	w.splice(r.From, r.Splice)
	w.copy(t.blocks[r.From+1].start, t.blocks[r.To].start)
	w.follow(r)
}

// follow notes what the end of a content run leaves in force.
func (w *writer) follow(r *Run) {
	w.next, w.ads = r.To, false
	if r.To > 0 {
		w.clear = w.t.blocks[r.To-1].keys.Empty()
		w.keyed = w.keyed || !w.clear
	}
}

// tail writes what stands after the last segment.
func (w *writer) tail() {
	t := w.t
	switch {
	case w.ads || w.next < len(t.Segments):
		w.add(t.bare)
	default:
		w.add(t.tail)
		if t.unended {
			w.dst = w.dst[:len(w.dst)-len(t.eol)]
		}
	}
}
