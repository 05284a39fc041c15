package listing

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// node is an element. It is read with encoding/xml: a bug of the stitcher must not hide in
// a parser that is shared with it.
type node struct {
	name     string
	attrs    []xml.Attr
	children []*node
	text     string
	// from and to are where it stands in the text.
	from, to int
	line     int
}

// Limits of an MPD that is checked.
const (
	checkDepth    = 64
	checkElements = 1 << 20
)

// parse reads XML as a tree.
func parse(text []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	var open []*node
	var root *node
	for count := 0; ; {
		from := int(d.InputOffset())
		line, _ := d.InputPos()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if root == nil {
				return nil, errors.New("there is no element")
			}
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch x := token.(type) {
		case xml.StartElement:
			if count++; count > checkElements || len(open) > checkDepth {
				return nil, errors.New("more than 2^20 elements, or deeper than 64")
			}
			n := &node{name: x.Name.Local, attrs: x.Attr, from: from, line: line}
			if len(open) > 0 {
				up := open[len(open)-1]
				up.children = append(up.children, n)
			} else if root != nil {
				return nil, fmt.Errorf("%s stands after the root", n.name)
			} else {
				root = n
			}
			open = append(open, n)
		case xml.EndElement:
			open[len(open)-1].to = int(d.InputOffset())
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && len(open[len(open)-1].text) < 1<<16 {
				open[len(open)-1].text += string(x)
			}
		}
	}
}

// get is an attribute without a namespace.
func (n *node) get(name string) (string, bool) {
	for i := range n.attrs {
		if n.attrs[i].Name.Local == name && n.attrs[i].Name.Space == "" {
			return n.attrs[i].Value, true
		}
	}
	return "", false
}

func (n *node) value(name string) string {
	s, _ := n.get(name)
	return s
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// href is the xlink:href of an element that is not resolved yet.
func (n *node) href() string {
	for i := range n.attrs {
		if n.attrs[i].Name.Local == "href" && strings.HasSuffix(n.attrs[i].Name.Space, "xlink") {
			return n.attrs[i].Value
		}
	}
	return ""
}
