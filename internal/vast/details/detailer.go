package details

import (
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// detailer fills Details and keeps it within its bounds. What does not fit is
// left out whole: half a URL is worse than none.
type detailer struct {
	out  Details
	left int
}

// elementCost is what an element costs besides its texts, so that empty ones
// are bounded too.
const elementCost = 16

// take tells whether there is room for more bytes, and takes it.
func (d *detailer) take(n int) bool {
	if n > d.left {
		d.out.Truncated = true
		return false
	}
	d.left -= n
	return true
}

// text gives a text if there is room for it.
func (d *detailer) text(s string) string {
	if !d.take(len(s)) {
		return ""
	}
	return s
}

// links are the URLs in elements.
func (d *detailer) links(list []*markup.Node) []string {
	var out []string
	for _, n := range list {
		for _, url := range n.Links() {
			if d.take(elementCost + len(url)) {
				out = append(out, url)
			}
		}
	}
	return out
}

// clicks are the click URLs in elements.
func (d *detailer) clicks(list []*markup.Node) []Click {
	var out []Click
	for _, n := range list {
		c := Click{ID: n.Attribute("id"), URL: n.Link()}
		if c.URL != "" && d.take(elementCost+len(c.ID)+len(c.URL)) {
			out = append(out, c)
		}
	}
	return out
}

// trackers are those there is room for.
func (d *detailer) trackers(list []document.Tracker) []document.Tracker {
	var out []document.Tracker
	for _, t := range list {
		if d.take(elementCost + len(t.Event) + len(t.Offset) + len(t.URL)) {
			out = append(out, t)
		}
	}
	return out
}

// categories are those there is room for.
func (d *detailer) categories(list []document.Category) []document.Category {
	var out []document.Category
	for _, c := range list {
		if c.Code != "" && d.take(elementCost+len(c.Authority)+len(c.Code)) {
			out = append(out, c)
		}
	}
	return out
}

// extension keeps an extension if there is room for it.
func (d *detailer) extension(x document.Extension) {
	size := elementCost + len(x.Type) + len(x.Content)
	for name, value := range x.Attributes {
		size += len(name) + len(value)
	}
	if d.take(size) {
		d.out.Extensions = append(d.out.Extensions, x)
	}
}

// resource reads an element whose text is a URL.
func (d *detailer) resource(n *markup.Node) Resource {
	return Resource{
		Type: d.text(n.Attribute("type")), API: d.text(n.Attribute("apiFramework")), Language: d.text(n.Attribute("language")),
		BrowserOptional:  d.text(n.Attribute("browserOptional")),
		VariableDuration: d.text(n.Attribute("variableDuration")),
		URL:              d.text(n.Link()),
	}
}

// resources reads elements whose text is a URL.
func (d *detailer) resources(list []*markup.Node) []Resource {
	var out []Resource
	for _, n := range list {
		if d.take(elementCost) {
			out = append(out, d.resource(n))
		}
	}
	return out
}
