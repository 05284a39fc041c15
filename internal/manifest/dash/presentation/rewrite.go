package presentation

import (
	"strings"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
)

// prefixed has the content prefix replaced.
func (c *compiler) prefixed(text string) string {
	if c.o.ContentFrom == "" && c.o.ContentTo == "" {
		return text
	}
	if rest, ok := strings.CutPrefix(text, c.o.ContentFrom); ok && addressing.Absolute(text) {
		return c.o.ContentTo + rest
	}
	return text
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
