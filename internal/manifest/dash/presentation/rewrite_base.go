package presentation

import (
	"errors"
	"net/url"
	"strings"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
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

// clocks makes the URLs of clocks absolute (UTCTiming, ISO/IEC 23009-1 §5.8.4.11): they
// resolve against the URL of the MPD, which is another one for viewers.
func (c *compiler) clocks(root *markup.Node, base *url.URL) {
	for _, n := range root.Children {
		value := n.Find("value")
		if n.Name != "UTCTiming" || base == nil || value == nil || !strings.Contains(n.Get("schemeIdUri"), ":utc:http-") {
			continue
		}
		list := strings.Fields(n.Get("value"))
		for i, text := range list {
			if u, err := url.Parse(text); err == nil {
				list[i] = base.ResolveReference(u).String()
			}
		}
		c.replace(value.Value, markup.Encode(strings.Join(list, " ")))
	}
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
			found = addressing.Resolve(base, text)
		}
	}
	return found
}

// early is the sum of the availabilityTimeOffsets of the BaseURLs of elements, of each the
// one that is used (ISO/IEC 23009-1 §5.3.9.5.3).
func (c *compiler) early(chain ...*markup.Node) (sum int64) {
	for _, n := range chain {
		if all := c.baseURLs(n); len(all) > 0 {
			sum = min(sum+addressing.TimeOffset(all[0]), quantity.Farthest*quantity.Second)
		}
	}
	return sum
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
	for i := range c.t.Periods {
		p := &c.t.Periods[i]
		if absoluteIn(c.baseURLs(p.Node)) {
			continue
		}
		for k := range p.Sets {
			s := &p.Sets[k]
			if absoluteIn(c.baseURLs(s.Node)) {
				continue
			}
			for j := range s.Reps {
				r := &s.Reps[j]
				if !absoluteIn(c.baseURLs(r.Node)) && !r.Address.Absolute() {
					return true
				}
			}
		}
	}
	return false
}

func absoluteIn(bases []*markup.Node) bool {
	for _, n := range bases {
		if !addressing.Absolute(n.Text()) {
			return false
		}
	}
	return len(bases) > 0
}

// element is an element of the MPD's namespace with text in it.
func (c *compiler) element(name, text string) string {
	name = c.t.Prefix + name
	return "<" + name + ">" + markup.Encode(text) + "</" + name + ">"
}

// indent is the white space before the MPD's children.
func (c *compiler) indent() string {
	if len(c.root.Children) == 0 {
		return ""
	}
	return string(c.doc.Text[markup.Blank(c.doc.Text, c.root.Children[0].Span.From):c.root.Children[0].Span.From])
}
