package vast

// Extension is an element that VAST or VMAP does not define, as received.
type Extension struct {
	Type string `json:"type,omitempty"`
	// Attributes are those besides type, by local name.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Content is the XML between its tags.
	Content string `json:"content,omitempty"`
}

// extensionsOf are the children <Extension> of an element.
func extensionsOf(n *node) []Extension {
	var out []Extension
	for _, x := range n.each("Extension") {
		out = append(out, x.extension())
	}
	return out
}

// extension is an element as an Extension.
func (n *node) extension() Extension {
	x := Extension{Type: n.attribute("type"), Content: string(n.inner)}
	for name, value := range n.attributes {
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

// trackers are those of a <TrackingEvents> element.
func (n *node) trackers() []Tracker {
	var out []Tracker
	for _, t := range n.each("Tracking") {
		tracker := Tracker{Event: eventName(t.attribute("event"))}
		if tracker.Event == "" {
			continue
		}
		if tracker.Event == progress {
			tracker.Offset = t.attribute("offset")
		}
		for _, tracker.URL = range t.links() {
			out = append(out, tracker)
		}
	}
	return out
}
