package vast

import (
	"strings"
	"unicode"
)

// maxNodes is how many elements of one scan become nodes; the children past
// them are passed over. A node takes many times what its element does.
const maxNodes = 10_000

// node is an element with everything in it. Trees are made of small parts
// only: of what a decision captures, and of the ads that are shown.
type node struct {
	name       string
	attributes map[string]string
	// text is that of the element and not of its children, trimmed.
	text     string
	children []node
	// base is the URL of the document.
	base string
	// outer is the element as written, inner what is between its tags.
	outer, inner []byte
}

// element reads the element whose start tag was the last token.
func (s *scanner) element(t token) (node, error) {
	n := node{name: canonical(t.name), base: s.base}
	s.nodes++
	if len(t.attributes) > 0 {
		n.attributes = make(map[string]string, len(t.attributes))
		for _, a := range t.attributes {
			n.attributes[canonicalAttribute(a.name)] = string(unescape(a.value))
		}
	}
	var text strings.Builder
	for {
		c, err := s.next()
		if err != nil {
			return n, err
		}
		switch c.kind {
		case charData:
			text.Write(unescape(c.text))
		case cdata:
			text.Write(printableOnly(c.text))
		case startTag:
			if s.nodes >= maxNodes {
				if _, err := s.skip(); err != nil {
					return n, err
				}
				continue
			}
			child, err := s.element(c)
			if err != nil {
				return n, err
			}
			n.children = append(n.children, child)
		case endTag:
			n.text = strings.TrimSpace(text.String())
			n.outer, n.inner = s.in[t.from:c.to], s.in[t.to:c.from]
			return n, nil
		}
	}
}

// attribute is the value of an attribute, trimmed; "" if there is none.
func (n *node) attribute(name string) string { return strings.TrimSpace(n.attributes[name]) }

// first is the first child of a name; an empty element if there is none.
func (n *node) first(name string) *node {
	for i := range n.children {
		if n.children[i].name == name {
			return &n.children[i]
		}
	}
	return &node{}
}

// each gives the elements that a path of names leads to, in document order.
func (n *node) each(path ...string) []*node {
	found := []*node{n}
	for _, name := range path {
		var next []*node
		for _, f := range found {
			for i := range f.children {
				if f.children[i].name == name {
					next = append(next, &f.children[i])
				}
			}
		}
		found = next
	}
	return found
}

// link is the URL in the element; in VAST 1 it stands in an element of its own.
func (n *node) link() string {
	if n.text == "" {
		if inner := n.first(urlElement); inner.text != "" {
			return resolve(n.base, link(inner.text))
		}
	}
	return resolve(n.base, link(n.text))
}

// links are the URLs in the element: VAST 1 has several in one.
func (n *node) links() []string {
	inner := n.each(urlElement)
	if n.text != "" || len(inner) == 0 {
		inner = []*node{n}
	}
	var out []string
	for _, x := range inner {
		if url := x.link(); url != "" {
			out = append(out, url)
		}
	}
	return out
}

// categories are the codes of a <BlockedAdCategories> element.
func (n *node) categories() []Category {
	var out []Category
	for _, code := range strings.FieldsFunc(n.text, func(c rune) bool { return c == ',' || unicode.IsSpace(c) }) {
		out = append(out, Category{Authority: n.attribute("authority"), Code: code})
	}
	return out
}
