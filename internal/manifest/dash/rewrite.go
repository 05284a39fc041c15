package dash

import (
	"net/url"
	"strconv"
	"strings"

	"stitcher/internal/manifest/dash/markup"
)

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
