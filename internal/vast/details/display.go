package details

import (
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// Display is what icons, companions and non-linear ads have in common: a
// picture, a frame or HTML, shown beside or over the video.
type Display struct {
	// Attributes are as written, by local name: "id", "width", "program", ….
	Attributes map[string]string `json:"attributes,omitempty"`
	Static     []Static          `json:"static,omitempty"`
	IFrames    []string          `json:"iframes,omitempty"`
	HTML       []string          `json:"html,omitempty"`
	// ClickThrough is where a click leads, ClickTracking is called with it.
	ClickThrough  string             `json:"clickThrough,omitempty"`
	ClickTracking []Click            `json:"clickTracking,omitempty"`
	AltText       string             `json:"altText,omitempty"`
	Parameters    string             `json:"adParameters,omitempty"`
	Trackers      []document.Tracker `json:"trackers,omitempty"`
}

// Static is a picture, or what else a URL leads to.
type Static struct {
	Type string `json:"creativeType,omitempty"`
	URL  string `json:"url"`
}

// Icon is an industry icon such as AdChoices.
type Icon struct {
	Display
	// Views are called when the icon is shown.
	Views     []string   `json:"views,omitempty"`
	Fallbacks []Fallback `json:"fallbacks,omitempty"`
}

// Fallback is a picture for players that can't open an icon's page.
type Fallback struct {
	Width   string   `json:"width,omitempty"`
	Height  string   `json:"height,omitempty"`
	AltText string   `json:"altText,omitempty"`
	Static  []Static `json:"static,omitempty"`
}

// Companion is a banner beside the video.
type Companion struct {
	Display
	// Required is "all", "any" or "none"; "" is not said.
	Required string `json:"required,omitempty"`
	// Sequence is that of the creative.
	Sequence string `json:"sequence,omitempty"`
}

// NonLinear is an overlay.
type NonLinear struct {
	Display
	CreativeID   string `json:"creativeId,omitempty"`
	CreativeAdID string `json:"creativeAdId,omitempty"`
	Sequence     string `json:"sequence,omitempty"`
}

// icon reads an icon. Of several for one programme in a chain, the one nearest
// to the inline ad counts (VAST 4.3 §2.3.5).
func (d *detailer) icon(n *markup.Node) {
	if !d.take(elementCost) {
		return
	}
	icon := Icon{Display: d.display(n, ""), Views: d.links(n.Each("IconViewTracking"))}
	icon.ClickThrough = d.text(n.First("IconClicks").First("IconClickThrough").Link())
	icon.ClickTracking = d.clicks(n.Each("IconClicks", "IconClickTracking"))
	for _, f := range n.Each("IconClicks", "IconClickFallbackImages", "IconClickFallbackImage") {
		icon.Fallbacks = append(icon.Fallbacks, Fallback{
			Width: d.text(f.Attribute("width")), Height: d.text(f.Attribute("height")),
			AltText: d.text(f.First("AltText").Text), Static: d.statics(f),
		})
	}
	if program := n.Attribute("program"); program != "" {
		for i := range d.out.Icons {
			if d.out.Icons[i].Attributes["program"] == n.Attributes["program"] {
				d.out.Icons[i] = icon
				return
			}
		}
	}
	d.out.Icons = append(d.out.Icons, icon)
}

// companion reads a banner. A wrapper may have a banner with trackers only.
func (d *detailer) companion(n *markup.Node, required, sequence string) {
	if !d.take(elementCost + len(required) + len(sequence)) {
		return
	}
	d.out.Companions = append(d.out.Companions, Companion{
		Display: d.display(n, "Companion"), Required: required, Sequence: sequence,
	})
}

// nonLinear reads an overlay of a creative.
func (d *detailer) nonLinear(n, creative *markup.Node) {
	if !d.take(elementCost) {
		return
	}
	d.out.NonLinear = append(d.out.NonLinear, NonLinear{
		Display: d.display(n, "NonLinear"), CreativeID: d.text(creative.Attribute("id")),
		CreativeAdID: d.text(creative.Attribute("adId")), Sequence: d.text(creative.Attribute("sequence")),
	})
}

// display reads what the three have in common; kind begins the names of the
// elements with clicks, "" has them elsewhere.
func (d *detailer) display(n *markup.Node, kind string) Display {
	out := Display{
		Attributes: n.Attributes, Static: d.statics(n), IFrames: d.links(n.Each("IFrameResource")),
		AltText: d.text(n.First("AltText").Text), Parameters: d.text(n.First("AdParameters").Text),
	}
	for name, value := range n.Attributes {
		if !d.take(len(name) + len(value)) {
			out.Attributes = nil
			break
		}
	}
	for _, h := range n.Each("HTMLResource") {
		if d.take(elementCost + len(h.Text)) {
			out.HTML = append(out.HTML, h.Text)
		}
	}
	for _, t := range n.Each("TrackingEvents") {
		out.Trackers = append(out.Trackers, d.trackers(document.Trackers(t))...)
	}
	if kind != "" {
		out.ClickThrough = d.text(n.First(kind + "ClickThrough").Link())
		out.ClickTracking = d.clicks(n.Each(kind + "ClickTracking"))
	}
	return out
}

// statics are the static resources of an element.
func (d *detailer) statics(n *markup.Node) []Static {
	var out []Static
	for _, s := range n.Each("StaticResource") {
		x := Static{Type: s.Attribute("creativeType"), URL: s.Link()}
		if d.take(elementCost + len(x.Type) + len(x.URL)) {
			out = append(out, x)
		}
	}
	return out
}
