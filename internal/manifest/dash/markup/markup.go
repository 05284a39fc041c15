// Package markup reads XML into a tree that knows where in the text each part of
// it stands. What is not replaced can then be copied byte for byte, which a
// decoder that drops white space, comments and quotes cannot do.
//
// It reads what a manifest needs: UTF-8, elements, attributes, character data,
// CDATA, comments and processing instructions. A document type declaration is an
// error, so there are no entities but the five of XML and numbers.
package markup

import (
	"bytes"
	"strings"
)

// Span is a stretch of the text: From to To, To not included.
type Span struct{ From, To int }

// Empty is whether there is nothing in it.
func (s Span) Empty() bool { return s.To <= s.From }

// Moved is the stretch of another text whose ends at takes from those of this one.
func (s Span) Moved(at func(int) int) Span { return Span{at(s.From), at(s.To)} }

// Attr is an attribute of an element.
type Attr struct {
	// Name is as written, prefix included.
	Name string
	// Whole is the attribute with the white space before it; Value is what stands
	// between the quotes, not decoded.
	Whole, Value Span
}

// Node is an element.
type Node struct {
	// Prefix and Name are the two parts of its name.
	Prefix, Name string
	Attrs        []Attr
	Children     []*Node
	// Span is the whole element. Open is its start tag, or all of an empty
	// element; Close its end tag, empty in an empty element.
	Span, Open, Close Span
	// tag is where the name in the start tag ends.
	tag int
	doc *Document
}

// Document is a text and its tree.
type Document struct {
	Text []byte
	Root *Node
}

// Attr is the decoded value of the attribute of a name as written; false where it
// is absent.
func (n *Node) Attr(name string) (string, bool) {
	if a := n.Find(name); a != nil {
		return Decode(n.doc.Text[a.Value.From:a.Value.To]), true
	}
	return "", false
}

// Get is the decoded value of an attribute, "" where it is absent.
func (n *Node) Get(name string) string {
	v, _ := n.Attr(name)
	return v
}

// Find is the attribute of a name as written; nil where it is absent.
func (n *Node) Find(name string) *Attr {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return &n.Attrs[i]
		}
	}
	return nil
}

// FindLocal is the first attribute whose name is local without its prefix, where it
// has a prefix.
func (n *Node) FindLocal(local string) *Attr {
	for i := range n.Attrs {
		if _, name, ok := strings.Cut(n.Attrs[i].Name, ":"); ok && name == local {
			return &n.Attrs[i]
		}
	}
	return nil
}

// NameEnd is where the element's name in its start tag ends: a new attribute goes
// there.
func (n *Node) NameEnd() int { return n.tag }

// Child is the first child of a name that has the prefix of its parent; nil where
// there is none.
func (n *Node) Child(name string) *Node {
	for _, c := range n.Children {
		if c.Name == name && c.Prefix == n.Prefix {
			return c
		}
	}
	return nil
}

// Any is the first child of a local name, whatever its prefix.
func (n *Node) Any(name string) *Node {
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Inner is what stands between the start tag and the end tag.
func (n *Node) Inner() Span {
	if n.Close.Empty() {
		return Span{n.Open.To, n.Open.To}
	}
	return Span{n.Open.To, n.Close.From}
}

// Text is the element's own character data, decoded, without white space around it.
func (n *Node) Text() string {
	text := n.doc.Text
	at := n.Inner().From
	var b strings.Builder
	add := func(to int) {
		if at < to {
			appendText(&b, text[at:to])
		}
	}
	for _, c := range n.Children {
		add(c.Span.From)
		at = c.Span.To
	}
	add(n.Inner().To)
	return strings.TrimSpace(b.String())
}

// Bytes is the element as written.
func (n *Node) Bytes() []byte { return n.doc.Text[n.Span.From:n.Span.To] }

// Source is a stretch of the text that the element stands in.
func (n *Node) Source(s Span) []byte { return n.doc.Text[s.From:s.To] }

// appendText adds character data without comments and processing instructions, CDATA
// as it is.
func appendText(b *strings.Builder, text []byte) {
	for len(text) > 0 {
		i := bytes.IndexByte(text, '<')
		if i < 0 {
			b.WriteString(Decode(text))
			return
		}
		b.WriteString(Decode(text[:i]))
		text = text[i:]
		var end int
		var data []byte
		switch {
		case bytes.HasPrefix(text, []byte("<![CDATA[")):
			if end = bytes.Index(text, []byte("]]>")); end >= 0 {
				data, end = text[len("<![CDATA["):end], end+3
			}
		case bytes.HasPrefix(text, []byte("<!--")):
			if end = bytes.Index(text, []byte("-->")); end >= 0 {
				end += 3
			}
		default:
			if end = bytes.IndexByte(text, '>'); end >= 0 {
				end++
			}
		}
		if end < 0 {
			return
		}
		b.Write(data)
		text = text[end:]
	}
}

// Declarations are the attributes that declare namespaces.
func (n *Node) Declarations() (list []Span) {
	for i := range n.Attrs {
		if a := &n.Attrs[i]; a.Name == "xmlns" || strings.HasPrefix(a.Name, "xmlns:") {
			list = append(list, a.Whole)
		}
	}
	return list
}

// Blank is where the white space that ends at a place begins.
func Blank(text []byte, at int) int {
	for at > 0 && strings.IndexByte(" \t\r\n", text[at-1]) >= 0 {
		at--
	}
	return at
}
