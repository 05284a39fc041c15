package presentation

import (
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/track"
)

// Omitted is a Representation that no output has, because no ad can be like it.
type Omitted struct{ ID, Codecs string }

// Omitted are the Representations that were left out by Options.Fit.
func (t *Presentation) Omitted() []Omitted { return t.omitted }

// candidate is a Representation of a Period in the source.
type candidate struct {
	set, node *markup.Node
	codecs    string
	fit       bool
}

// omit leaves the Representations with sound or picture out of a Period that no ad can be
// like, where others of their kind remain: a Period of ads has the sets of the content, and
// one in which some were missing, or were of another codec, stops players (T2, T5).
func (c *compiler) omit() {
	if c.o.Fit == nil {
		return
	}
	known := map[Omitted]bool{}
	for _, p := range c.root.Children {
		if p.Name != "Period" || p.Prefix != c.root.Prefix || c.removed(p) {
			continue
		}
		for _, all := range c.candidates(p) {
			c.omitOf(all, known)
		}
	}
}

// candidates are the Representations of a Period with sound or picture, by kind.
func (c *compiler) candidates(p *markup.Node) map[string][]candidate {
	all := map[string][]candidate{}
	for _, s := range p.Children {
		if s.Name != "AdaptationSet" || s.Prefix != p.Prefix || c.removed(s) {
			continue
		}
		for _, r := range s.Children {
			if r.Name != "Representation" || r.Prefix != s.Prefix || c.removed(r) {
				continue
			}
			get := func(name string) string {
				if v, ok := r.Attr(name); ok {
					return v
				}
				return s.Get(name)
			}
			codecs := get("codecs")
			if kind := track.KindOf(s, r, get("mimeType"), codecs); kind == "video" || kind == "audio" {
				all[kind] = append(all[kind], candidate{s, r, codecs, codecs == "" || c.o.Fit(codecs)})
			}
		}
	}
	return all
}

// omitOf leaves out those of one kind that do not fit, if any does.
func (c *compiler) omitOf(all []candidate, known map[Omitted]bool) {
	left := map[*markup.Node]int{} // by set, those that fit
	some := false
	for i := range all {
		if all[i].fit {
			some = true
			left[all[i].set]++
		}
	}
	for i := range all {
		x := &all[i]
		if x.fit || !some {
			continue
		}
		if o := (Omitted{x.node.Get("id"), x.codecs}); !known[o] {
			known[o] = true
			c.t.omitted = append(c.t.omitted, o)
		}
		switch {
		case left[x.set] > 0:
			c.remove(x.node)
		case !c.removed(x.set):
			c.remove(x.set)
		}
	}
}
