package dash

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"stitcher/internal/manifest/dash/markup"
)

// locate finds where the origin says that the MPD is.
func (c *compiler) locate() error {
	n := c.root.Child("Location")
	if n == nil {
		return nil
	}
	u, err := url.Parse(n.Text())
	if err != nil {
		return errors.New("Location is not a URL")
	}
	if c.o.Base != nil {
		u = c.o.Base.ResolveReference(u)
	}
	c.t.location = u.String()
	return nil
}

// baseOf is the URL that relative URLs in the MPD resolve against: its first BaseURL,
// which is made absolute, or the MPD's own.
func (c *compiler) baseOf(root *markup.Node, base *url.URL) string {
	found := ""
	if base != nil {
		found = base.String()
	}
	for i, n := range c.baseURLs(root) {
		text := n.Text()
		if base != nil {
			if u, err := url.Parse(text); err == nil {
				text = base.ResolveReference(u).String()
			}
		}
		text = c.prefixed(text)
		if text != n.Text() {
			c.replace(n.Inner(), markup.Encode(text))
		}
		if i == 0 {
			found = text
		}
		c.based = true
	}
	return found
}

func (c *compiler) baseURLs(n *markup.Node) []*markup.Node {
	var out []*markup.Node
	for _, child := range n.Children {
		if child.Name == "BaseURL" && child.Prefix == n.Prefix {
			out = append(out, child)
		}
	}
	return out
}

// within is the base within an element that may have a BaseURL of its own.
func (c *compiler) within(n *markup.Node, base string) string {
	found := base
	for i, b := range c.baseURLs(n) {
		text := b.Text()
		if to := c.prefixed(text); to != text {
			c.replace(b.Inner(), markup.Encode(to))
			text = to
		}
		if i == 0 {
			found = resolve(base, text)
		}
	}
	return found
}

// prefixed has the content prefix replaced.
func (c *compiler) prefixed(text string) string {
	if c.o.ContentFrom == "" && c.o.ContentTo == "" {
		return text
	}
	if rest, ok := strings.CutPrefix(text, c.o.ContentFrom); ok && absolute(text) {
		return c.o.ContentTo + rest
	}
	return text
}

func absolute(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && !strings.ContainsAny(scheme, "/?#$")
}

// resolve is a URL relative to a base as far as both can be parsed; it keeps the
// $…$ of templates as they are.
func resolve(base, text string) string {
	if base == "" || absolute(text) {
		return text
	}
	b, err := url.Parse(base)
	if err != nil {
		return text
	}
	if text == "" {
		return base
	}
	if plain(text) {
		// The usual case, without parsing: a path relative to a directory.
		u := *b
		u.RawQuery, u.Fragment = "", ""
		dir := u.String()
		if i := strings.LastIndexByte(dir, '/'); i > len(b.Scheme)+2 {
			return dir[:i+1] + text
		}
	}
	ref, err := url.Parse(text)
	if err != nil {
		return text
	}
	return b.ResolveReference(ref).String()
}

// plain is whether a reference is a path that goes down from its base.
func plain(text string) bool {
	return text[0] != '/' && text[0] != '?' && text[0] != '#' &&
		!strings.Contains(text, "./") && !strings.ContainsAny(text, ":")
}

// rebase adds a BaseURL where the MPD has none, because viewers get it from another
// place than the origin's.
func (c *compiler) rebase() {
	if c.based || c.o.Base == nil || !c.relative() {
		return
	}
	u := *c.o.Base
	u.RawQuery, u.Fragment, u.RawFragment = "", "", ""
	text := u.String()
	text = text[:strings.LastIndexByte(text, '/')+1]
	at := c.root.Open.To
	for _, n := range c.root.Children {
		if n.Name == "ProgramInformation" {
			at = n.Span.To
		}
	}
	c.edits = append(c.edits, edit{from: at, to: at, text: c.indent() + c.element("BaseURL", c.prefixed(text))})
}

// relative is whether a segment's URL depends on where the MPD is.
func (c *compiler) relative() bool {
	for i := range c.t.periods {
		p := &c.t.periods[i]
		if absoluteIn(c.baseURLs(p.node)) {
			continue
		}
		for k := range p.sets {
			s := &p.sets[k]
			if absoluteIn(c.baseURLs(s.node)) {
				continue
			}
			for j := range s.reps {
				r := &s.reps[j]
				if !absoluteIn(c.baseURLs(r.node)) && (r.address == nil || r.address.media == "" || !absolute(r.address.media)) {
					return true
				}
			}
		}
	}
	return false
}

func absoluteIn(bases []*markup.Node) bool {
	for _, n := range bases {
		if !absolute(n.Text()) {
			return false
		}
	}
	return len(bases) > 0
}

// element is an element of the MPD's namespace with text in it.
func (c *compiler) element(name, text string) string {
	name = c.t.prefix + name
	return "<" + name + ">" + markup.Encode(text) + "</" + name + ">"
}

// indent is the white space before the MPD's children.
func (c *compiler) indent() string {
	if len(c.root.Children) == 0 {
		return ""
	}
	return string(c.doc.Text[blank(c.doc.Text, c.root.Children[0].Span.From):c.root.Children[0].Span.From])
}

// blank is where the white space that ends at a place begins.
func blank(text []byte, at int) int {
	for at > 0 && strings.IndexByte(" \t\r\n", text[at-1]) >= 0 {
		at--
	}
	return at
}

// files reads and rewrites the URLs of an address.
func (c *compiler) files(a *address) {
	n := a.node
	if v, ok := c.url(n, "media", a.kind == template); ok {
		a.media = v
	}
	if v, ok := c.url(n, "initialization", a.kind == template); ok {
		a.init = v
	}
	c.url(n, "index", a.kind == template)
	if x := n.Child("Initialization"); x != nil {
		v, _ := c.url(x, "sourceURL", false)
		a.initRange = parseRange(x.Get("range"))
		a.initRange.URI = v
		if a.kind == single && v == "" {
			a.initRange.URI = "."
		}
	}
	for _, name := range []string{"RepresentationIndex", "BitstreamSwitching"} {
		if x := n.Child(name); x != nil {
			c.url(x, "sourceURL", false)
		}
	}
	if a.kind != list {
		return
	}
	var urls []segmentURL
	for _, x := range n.Children {
		if x.Name != "SegmentURL" {
			continue
		}
		u := segmentURL{span: span{x.Span.From, x.Span.To}}
		u.media, _ = c.url(x, "media", false)
		c.url(x, "index", false)
		u.at = parseRange(x.Get("mediaRange"))
		urls = append(urls, u)
	}
	a.urlSpan = span{}
	if len(urls) > 0 {
		a.urls, a.urlSpan = urls, span{urls[0].from, urls[len(urls)-1].to}
	}
}

// url reads an attribute that is a URL, and rewrites it by the options.
func (c *compiler) url(n *markup.Node, name string, dollars bool) (string, bool) {
	a := n.Find(name)
	if a == nil {
		return "", false
	}
	text := n.Get(name)
	to := c.queried(c.prefixed(text), dollars)
	if to != text {
		c.replace(a.Value, markup.Encode(to))
	}
	return to, true
}

// queried has the query appended; in a template a $ is written twice.
func (c *compiler) queried(text string, dollars bool) string {
	if c.o.Query == "" {
		return text
	}
	query := c.o.Query
	if dollars {
		query = strings.ReplaceAll(query, "$", "$$")
	}
	text, fragment, cut := strings.Cut(text, "#")
	if strings.Contains(text, "?") {
		text += "&" + query
	} else {
		text += "?" + query
	}
	if cut {
		text += "#" + fragment
	}
	return text
}

// file appends the query to the URL of a single file: the nearest BaseURL.
func (c *compiler) file(nodes ...*markup.Node) {
	if c.o.Query == "" {
		return
	}
	for _, n := range nodes {
		bases := c.baseURLs(n)
		for _, b := range bases {
			text := c.prefixed(b.Text())
			if strings.HasSuffix(text, "/") || strings.HasSuffix(text, c.o.Query) {
				continue
			}
			c.edits = dropEdit(c.edits, b.Inner())
			c.replace(b.Inner(), markup.Encode(c.queried(text, false)))
		}
		if len(bases) > 0 {
			return
		}
	}
}

func dropEdit(edits []edit, s markup.Span) []edit {
	for i, e := range edits {
		if e.from == s.From && e.to == s.To {
			return append(edits[:i], edits[i+1:]...)
		}
	}
	return edits
}

// parseRange reads a byte range "from-to".
func parseRange(text string) Resource {
	from, to, ok := strings.Cut(text, "-")
	a, err := strconv.ParseInt(from, 10, 62)
	if !ok || err != nil || a < 0 {
		return Resource{}
	}
	r := Resource{Offset: a}
	if b, err := strconv.ParseInt(to, 10, 62); err == nil && b >= a {
		r.Length = b - a + 1
	}
	return r
}
