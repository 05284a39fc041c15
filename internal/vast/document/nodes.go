package document

import (
	"strings"
	"unicode"

	"stitcher/internal/vast/markup"
)

// Extension is an element that VAST or VMAP does not define, as received.
type Extension struct {
	Type string `json:"type,omitempty"`
	// Attributes are those besides type, by local name.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Content is the XML between its tags.
	Content string `json:"content,omitempty"`
}

// Extensions are the children <Extension> of an element.
func Extensions(n *markup.Node) []Extension {
	var out []Extension
	for _, x := range n.Each("Extension") {
		out = append(out, ExtensionOf(x))
	}
	return out
}

// ExtensionOf is an element as an Extension.
func ExtensionOf(n *markup.Node) Extension {
	x := Extension{Type: n.Attribute("type"), Content: string(n.Inner)}
	for name, value := range n.Attributes {
		if name == "type" {
			continue
		}
		if x.Attributes == nil {
			x.Attributes = make(map[string]string)
		}
		x.Attributes[name] = value
	}
	return x
}

// Trackers are those of a <TrackingEvents> element.
func Trackers(n *markup.Node) []Tracker {
	var out []Tracker
	for _, t := range n.Each("Tracking") {
		tracker := Tracker{Event: markup.Event(t.Attribute("event"))}
		if tracker.Event == "" {
			continue
		}
		if tracker.Event == markup.Progress {
			tracker.Offset = t.Attribute("offset")
		}
		for _, tracker.URL = range t.Links() {
			out = append(out, tracker)
		}
	}
	return out
}

// Categories are the codes of a <BlockedAdCategories> element.
func Categories(n *markup.Node) []Category {
	var out []Category
	for _, code := range strings.FieldsFunc(n.Text, func(c rune) bool { return c == ',' || unicode.IsSpace(c) }) {
		out = append(out, Category{Authority: n.Attribute("authority"), Code: code})
	}
	return out
}
