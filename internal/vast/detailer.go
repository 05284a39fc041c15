package vast

import "strconv"

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
func (d *detailer) links(list []*node) []string {
	var out []string
	for _, n := range list {
		for _, url := range n.links() {
			if d.take(elementCost + len(url)) {
				out = append(out, url)
			}
		}
	}
	return out
}

// clicks are the click URLs in elements.
func (d *detailer) clicks(list []*node) []Click {
	var out []Click
	for _, n := range list {
		c := Click{ID: n.attribute("id"), URL: n.link()}
		if c.URL != "" && d.take(elementCost+len(c.ID)+len(c.URL)) {
			out = append(out, c)
		}
	}
	return out
}

// trackers are those there is room for.
func (d *detailer) trackers(list []Tracker) []Tracker {
	var out []Tracker
	for _, t := range list {
		if d.take(elementCost + len(t.Event) + len(t.Offset) + len(t.URL)) {
			out = append(out, t)
		}
	}
	return out
}

// categories are those there is room for.
func (d *detailer) categories(list []Category) []Category {
	var out []Category
	for _, c := range list {
		if c.Code != "" && d.take(elementCost+len(c.Authority)+len(c.Code)) {
			out = append(out, c)
		}
	}
	return out
}

// extension keeps an extension if there is room for it.
func (d *detailer) extension(x Extension) {
	size := elementCost + len(x.Type) + len(x.Content)
	for name, value := range x.Attributes {
		size += len(name) + len(value)
	}
	if d.take(size) {
		d.out.Extensions = append(d.out.Extensions, x)
	}
}

// resource reads an element whose text is a URL.
func (d *detailer) resource(n *node) Resource {
	return Resource{
		Type: d.text(n.attribute("type")), API: d.text(n.attribute("apiFramework")), Language: d.text(n.attribute("language")),
		BrowserOptional:  d.text(n.attribute("browserOptional")),
		VariableDuration: d.text(n.attribute("variableDuration")),
		URL:              d.text(n.link()),
	}
}

// resources reads elements whose text is a URL.
func (d *detailer) resources(list []*node) []Resource {
	var out []Resource
	for _, n := range list {
		if d.take(elementCost) {
			out = append(out, d.resource(n))
		}
	}
	return out
}

// number is a whole number that an ad server wrote; 0 is none.
func number(text string) int {
	text, _ = repairInteger(text)
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
