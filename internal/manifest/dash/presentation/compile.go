package presentation

import (
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// The bounds of what is read.
const (
	mostBytes    = 16 << 20
	mostDepth    = 48
	mostElements = 500_000
	mostAttrs    = 128
	mostPeriods  = 5_000
	mostTracks   = 2_000
	mostEvents   = 20_000
	// mostCues bounds the SCTE-35 events, which are compared with each other.
	mostCues = 4_000
)

const (
	schemeXlink   = "http://www.w3.org/1999/xlink"
	resolveToZero = "urn:mpeg:dash:resolve-to-zero:2013"
	schemeMPD     = "urn:mpeg:dash:event:2012"
)

// Parse reads the text of an MPD.
func Parse(body []byte) (*markup.Document, error) {
	return markup.Parse(body, markup.Limits{Bytes: mostBytes, Depth: mostDepth, Elements: mostElements, Attrs: mostAttrs})
}

// Read reads an MPD. An error says what is wrong with it.
func Read(body []byte, o Options) (*Presentation, error) {
	doc, err := Parse(body)
	if err != nil {
		return nil, fmt.Errorf("MPD: %w", err)
	}
	if doc.Root.Name != "MPD" {
		return nil, fmt.Errorf("root element is %s, not MPD", doc.Root.Name)
	}
	c := compiler{
		o: o, doc: doc, root: doc.Root, found: map[*markup.Node]*addressing.Address{}, gone: map[*markup.Node]bool{},
		t: &Presentation{Root: doc.Root, source: body, sum: xxhash.Sum64(body), base: o.Base, options: o},
	}
	if err := c.compile(); err != nil {
		return nil, fmt.Errorf("MPD: %w", err)
	}
	return c.t, nil
}

// compiler is one call of Read.
type compiler struct {
	o     Options
	doc   *markup.Document
	root  *markup.Node
	t     *Presentation
	edits []edit
	// gone are the elements that no output has.
	gone map[*markup.Node]bool
	// found are the addresses by their elements.
	found  map[*markup.Node]*addressing.Address
	based  bool
	count  int // of events
	cues   int // of SCTE-35 events
	tracks int
}

func (c *compiler) compile() error {
	if c.root.Prefix != "" {
		c.t.Prefix = c.root.Prefix + ":"
	}
	if err := c.attributes(); err != nil {
		return err
	}
	if err := c.strip(c.root); err != nil {
		return err
	}
	c.omit()
	if err := c.locate(); err != nil {
		return err
	}
	if err := c.periods(); err != nil {
		return err
	}
	c.rebase()
	if err := c.write(); err != nil {
		return err
	}
	c.t.listTracks()
	for _, a := range c.found {
		a.Forget()
	}
	c.t.scan()
	return nil
}

// attributes reads what the MPD says of itself.
func (c *compiler) attributes() error {
	t := c.t
	switch v := c.root.Get("type"); v {
	case "dynamic":
		t.dynamic = true
	case "static", "":
	default:
		return fmt.Errorf("MPD@type is %q", v)
	}
	for _, d := range []struct {
		name string
		to   *int64
	}{
		{"minimumUpdatePeriod", &t.update},
		{"timeShiftBufferDepth", &t.Depth},
		{"suggestedPresentationDelay", &t.delay},
		{"minBufferTime", &t.buffer},
		{"mediaPresentationDuration", &t.Total},
	} {
		*d.to = -1
		v, ok := c.root.Attr(d.name)
		if !ok {
			continue
		}
		ns, err := quantity.ParseDuration(v)
		switch {
		case err == nil:
			*d.to = floorMicros(ns)
		case d.to == &t.Total:
			return fmt.Errorf("MPD@%s: %w", d.name, err)
		}
		// The others are advice: what cannot be read is as if it were absent.
	}
	t.Origin = staticBase
	if v, ok := c.root.Attr("availabilityStartTime"); ok {
		at, err := quantity.ParseDate(v)
		if err != nil {
			return fmt.Errorf("MPD@availabilityStartTime: %w", err)
		}
		t.Origin = at
	} else if t.dynamic {
		return errors.New("dynamic, but without availabilityStartTime")
	}
	if v, ok := c.root.Attr("publishTime"); ok {
		// One that cannot be read tells nothing; the output's is ours.
		t.published, _ = quantity.ParseDate(v)
	}
	return nil
}

// strip marks what no output has, and refuses what cannot be resolved.
func (c *compiler) strip(n *markup.Node) error {
	for _, child := range n.Children {
		if gone, err := c.goes(child); err != nil {
			return err
		} else if gone {
			c.remove(child)
			continue
		}
		if child.Name != "SegmentTimeline" && child.Name != "SegmentList" {
			if err := c.strip(child); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *compiler) goes(n *markup.Node) (bool, error) {
	if href := c.xlink(n); href != "" {
		if href == resolveToZero {
			return true, nil
		}
		return false, fmt.Errorf("%s refers to %s by xlink, which is not resolved", n.Name, markup.Excerpt(href))
	}
	switch n.Name {
	case "Location", "PatchLocation":
		return n.Prefix == c.root.Prefix, nil
	case "InbandEventStream":
		scheme := n.Get("schemeIdUri")
		return scheme == schemeMPD || !c.o.Passthrough && cue.IsScheme(scheme), nil
	case "EventStream":
		return !c.o.Passthrough && cue.IsScheme(n.Get("schemeIdUri")), nil
	}
	return false, nil
}

// xlink is the element's xlink:href; "" where it has none.
func (c *compiler) xlink(n *markup.Node) string {
	if n.FindLocal("href") == nil {
		return ""
	}
	for i := range n.Attrs {
		prefix, local := cutName(n.Attrs[i].Name)
		if local != "href" || prefix == "" {
			continue
		}
		if prefix == "xlink" || c.root.Get("xmlns:"+prefix) == schemeXlink || n.Get("xmlns:"+prefix) == schemeXlink {
			return n.Get(n.Attrs[i].Name)
		}
	}
	return ""
}

func cutName(name string) (prefix, local string) {
	for i := range len(name) {
		if name[i] == ':' {
			return name[:i], name[i+1:]
		}
	}
	return "", name
}

// removed is whether an element is not in the output.
func (c *compiler) removed(n *markup.Node) bool { return c.gone[n] }
