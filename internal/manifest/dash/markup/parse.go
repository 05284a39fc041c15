package markup

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Limits bound what a document may ask for.
type Limits struct {
	// Bytes, Depth, Elements and Attrs (of one element) are the largest allowed.
	Bytes, Depth, Elements, Attrs int
}

// Parse reads a document. The tree refers to text, which must not change.
func Parse(text []byte, l Limits) (*Document, error) {
	if len(text) > l.Bytes {
		return nil, fmt.Errorf("document of %d bytes is longer than %d", len(text), l.Bytes)
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return nil, errors.New("document is in UTF-16, only UTF-8 is read")
	}
	if !utf8.Valid(text) {
		return nil, errors.New("document is not in UTF-8")
	}
	p := parser{doc: &Document{Text: text}, text: text, limits: l}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		p.at = 3
	}
	if err := p.document(); err != nil {
		return nil, fmt.Errorf("byte %d: %w", p.at, err)
	}
	return p.doc, nil
}

type parser struct {
	doc    *Document
	text   []byte
	at     int
	limits Limits
	count  int
	open   []*Node
}

func (p *parser) document() error {
	for {
		i := bytes.IndexByte(p.text[p.at:], '<')
		data := p.text[p.at:]
		if i >= 0 {
			data = data[:i]
		}
		if err := p.data(data); err != nil {
			return err
		}
		p.at += len(data)
		if i < 0 {
			break
		}
		if err := p.markup(); err != nil {
			return err
		}
	}
	switch {
	case len(p.open) > 0:
		return fmt.Errorf("element %s is not closed", p.open[len(p.open)-1].Name)
	case p.doc.Root == nil:
		return errors.New("there is no element")
	}
	return nil
}

// data checks character data: references that it makes, and that there is none
// outside the root.
func (p *parser) data(data []byte) error {
	if len(p.open) == 0 {
		if len(bytes.TrimSpace(data)) > 0 {
			return errors.New("text outside the root element")
		}
		return nil
	}
	return references(data)
}

// references is an error where text refers to an entity that is not XML's own.
func references(data []byte) error {
	for {
		i := bytes.IndexByte(data, '&')
		if i < 0 {
			return nil
		}
		data = data[i+1:]
		end := bytes.IndexByte(data[:min(len(data), 16)], ';')
		if end < 0 {
			return errors.New("& without a reference")
		}
		if _, ok := entity(data[:end]); !ok {
			return fmt.Errorf("reference to entity %q", data[:end])
		}
	}
}

func (p *parser) markup() error {
	rest := p.text[p.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return p.skip(4, "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		if len(p.open) == 0 {
			return errors.New("text outside the root element")
		}
		return p.skip(9, "]]>")
	case bytes.HasPrefix(rest, []byte("<!")):
		return errors.New("document type declarations are refused")
	case bytes.HasPrefix(rest, []byte("<?")):
		return p.skip(2, "?>")
	case bytes.HasPrefix(rest, []byte("</")):
		return p.close()
	}
	return p.element()
}

func (p *parser) skip(from int, end string) error {
	i := bytes.Index(p.text[p.at+from:], []byte(end))
	if i < 0 {
		return fmt.Errorf("%q is missing", end)
	}
	p.at += from + i + len(end)
	return nil
}

func (p *parser) close() error {
	if len(p.open) == 0 {
		return errors.New("end tag without an element")
	}
	n := p.open[len(p.open)-1]
	end := bytes.IndexByte(p.text[p.at:], '>')
	if end < 0 {
		return errors.New("end tag is not closed")
	}
	name := bytes.TrimRight(p.text[p.at+2:p.at+end], " \t\r\n")
	if prefix, local := split(name); prefix != n.Prefix || local != n.Name {
		return fmt.Errorf("end tag %q does not close element %s", name, n.Name)
	}
	n.Close = Span{p.at, p.at + end + 1}
	p.at = n.Close.To
	n.Span.To = p.at
	p.open = p.open[:len(p.open)-1]
	return nil
}

func split(name []byte) (prefix, local string) {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return string(name[:i]), known(name[i+1:])
	}
	return "", known(name)
}

// names are those that manifests use often; one string serves all elements.
var names = func() map[string]string {
	m := map[string]string{}
	for _, s := range []string{"S", "t", "d", "r", "n", "k", "id", "SegmentURL", "media", "mediaRange", "Event", "presentationTime"} {
		m[s] = s
	}
	return m
}()

func known(name []byte) string {
	if s, ok := names[string(name)]; ok {
		return s
	}
	return string(name)
}

func (p *parser) element() error {
	if p.count++; p.count > p.limits.Elements {
		return fmt.Errorf("more than %d elements", p.limits.Elements)
	}
	if len(p.open) >= p.limits.Depth {
		return fmt.Errorf("elements are nested deeper than %d", p.limits.Depth)
	}
	if len(p.open) == 0 && p.doc.Root != nil {
		return errors.New("second root element")
	}
	n := &Node{doc: p.doc}
	n.Span.From = p.at
	p.at++
	name := p.name()
	if len(name) == 0 {
		return errors.New("element without a name")
	}
	n.Prefix, n.Name = split(name)
	n.tag = p.at
	empty, err := p.attributes(n)
	if err != nil {
		return err
	}
	n.Open = Span{n.Span.From, p.at}
	n.Span.To = p.at
	if len(p.open) == 0 {
		p.doc.Root = n
	} else {
		parent := p.open[len(p.open)-1]
		parent.Children = append(parent.Children, n)
	}
	if !empty {
		p.open = append(p.open, n)
	}
	return nil
}

func (p *parser) name() []byte {
	from := p.at
	for p.at < len(p.text) && named(p.text[p.at]) {
		p.at++
	}
	return p.text[from:p.at]
}

// named is whether a byte may stand in a name.
func named(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c >= 0x80:
		return true
	}
	return c == ':' || c == '_' || c == '-' || c == '.'
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// attributes reads to the end of the start tag.
func (p *parser) attributes(n *Node) (empty bool, err error) {
	for {
		from := p.at
		p.space()
		rest := p.text[p.at:]
		switch {
		case len(rest) == 0:
			return false, fmt.Errorf("start tag of %s is not closed", n.Name)
		case rest[0] == '>':
			p.at++
			return false, nil
		case rest[0] == '/' && len(rest) > 1 && rest[1] == '>':
			p.at += 2
			return true, nil
		case p.at == from:
			return false, fmt.Errorf("start tag of %s is malformed", n.Name)
		}
		if err := p.attribute(n, from); err != nil {
			return false, err
		}
	}
}

func (p *parser) attribute(n *Node, from int) error {
	if len(n.Attrs) >= p.limits.Attrs {
		return fmt.Errorf("element %s has more than %d attributes", n.Name, p.limits.Attrs)
	}
	name := known(p.name())
	if name == "" {
		return fmt.Errorf("attribute of %s has no name", n.Name)
	}
	if n.Find(name) != nil {
		return fmt.Errorf("attribute %s of %s stands there twice", name, n.Name)
	}
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != '=' {
		return fmt.Errorf("attribute %s of %s has no value", name, n.Name)
	}
	p.at++
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != '"' && p.text[p.at] != '\'' {
		return fmt.Errorf("value of attribute %s of %s is not quoted", name, n.Name)
	}
	quote := p.text[p.at]
	p.at++
	end := bytes.IndexByte(p.text[p.at:], quote)
	if end < 0 {
		return fmt.Errorf("value of attribute %s of %s is not closed", name, n.Name)
	}
	value := Span{p.at, p.at + end}
	raw := p.text[value.From:value.To]
	if bytes.IndexByte(raw, '<') >= 0 {
		return fmt.Errorf("value of attribute %s of %s has a <", name, n.Name)
	}
	if err := references(raw); err != nil {
		return err
	}
	p.at = value.To + 1
	n.Attrs = append(n.Attrs, Attr{Name: name, Whole: Span{from, p.at}, Value: value})
	return nil
}
