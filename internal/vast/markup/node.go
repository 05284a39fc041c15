package markup

import "strings"

// maxNodes is how many elements of one scan become nodes; further children are skipped,
// because a node takes many times the memory of its element's text.
const maxNodes = 10_000

// Node is an element with everything in it. Trees are made of small parts
// only: of what a decision captures, and of the ads that are shown.
type Node struct {
	Name       string
	Attributes map[string]string
	// Text is that of the element and not of its children, trimmed.
	Text     string
	Children []Node
	// base is the URL of the document.
	base string
	// Outer is the element as written, inner what is between its tags.
	Outer, Inner []byte
}

// Element reads the element whose start tag was the last token.
func (s *Scanner) Element(t Token) (Node, error) {
	n := Node{Name: Element(t.Name), base: s.Base}
	s.nodes++
	if len(t.Attributes) > 0 {
		n.Attributes = make(map[string]string, len(t.Attributes))
		for _, a := range t.Attributes {
			n.Attributes[AttributeName(a.Name)] = string(Unescape(a.Value))
		}
	}
	var text strings.Builder
	for {
		c, err := s.Next()
		if err != nil {
			return n, err
		}
		switch c.Kind {
		case CharData:
			text.Write(Unescape(c.Text))
		case CDATA:
			text.Write(PrintableOnly(c.Text))
		case StartTag:
			if s.nodes >= maxNodes {
				if _, err := s.Skip(); err != nil {
					return n, err
				}
				continue
			}
			child, err := s.Element(c)
			if err != nil {
				return n, err
			}
			n.Children = append(n.Children, child)
		case EndTag:
			n.Text = strings.TrimSpace(text.String())
			n.Outer, n.Inner = s.In[t.From:c.To], s.In[t.To:c.From]
			return n, nil
		}
	}
}

// Truncated tells that there were more elements than become nodes.
func (s *Scanner) Truncated() bool { return s.nodes >= maxNodes }

// Attribute is the value of an attribute, trimmed; "" if there is none.
func (n *Node) Attribute(name string) string { return strings.TrimSpace(n.Attributes[name]) }

// First is the first child of a name; an empty element if there is none.
func (n *Node) First(name string) *Node {
	for i := range n.Children {
		if n.Children[i].Name == name {
			return &n.Children[i]
		}
	}
	return &Node{}
}

// Each gives the elements that a path of names leads to, in document order.
func (n *Node) Each(path ...string) []*Node {
	found := []*Node{n}
	for _, name := range path {
		var next []*Node
		for _, f := range found {
			for i := range f.Children {
				if f.Children[i].Name == name {
					next = append(next, &f.Children[i])
				}
			}
		}
		found = next
	}
	return found
}

// Link is the URL in the element; in VAST 1 it stands in an element of its own.
func (n *Node) Link() string {
	if n.Text == "" {
		if inner := n.First(URLElement); inner.Text != "" {
			return Resolve(n.base, Link(inner.Text))
		}
	}
	return Resolve(n.base, Link(n.Text))
}

// Links are the URLs in the element: VAST 1 has several in one.
func (n *Node) Links() []string {
	inner := n.Each(URLElement)
	if n.Text != "" || len(inner) == 0 {
		inner = []*Node{n}
	}
	var out []string
	for _, x := range inner {
		if url := x.Link(); url != "" {
			out = append(out, url)
		}
	}
	return out
}
