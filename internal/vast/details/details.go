package details

import (
	"strings"

	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// MaxDetails bounds the text that Details holds of an ad, in bytes: it is
// stored with each decision that shows the ad.
const MaxDetails = 64 << 10

// Details is what client-side reporting passes on of an ad besides its
// trackers: what the ad server said of it in all documents of the chain, the
// outermost first. URLs have their macros not yet replaced.
type Details struct {
	SystemVersion string              `json:"systemVersion,omitempty"`
	Description   string              `json:"description,omitempty"`
	Advertiser    string              `json:"advertiser,omitempty"`
	AdvertiserID  string              `json:"advertiserId,omitempty"`
	Pricing       *Pricing            `json:"pricing,omitempty"`
	Surveys       []Resource          `json:"surveys,omitempty"`
	Expires       int                 `json:"expires,omitempty"`
	Categories    []document.Category `json:"categories,omitempty"`
	// Blocked are the categories that wrappers exclude.
	Blocked  []document.Category `json:"blocked,omitempty"`
	Viewable *Viewable           `json:"viewable,omitempty"`

	Creative      CreativeDetails `json:"creative"`
	Icons         []Icon          `json:"icons,omitempty"`
	Companions    []Companion     `json:"companions,omitempty"`
	NonLinear     []NonLinear     `json:"nonLinear,omitempty"`
	Verifications []Verification  `json:"verifications,omitempty"`
	// Extensions are those of the ad and its creatives; an
	// InteractiveCreativeFile of VAST 4 is among them as MediaTailor has it.
	Extensions []document.Extension `json:"extensions,omitempty"`
	// NonLinearTrackers are called for any of NonLinear.
	NonLinearTrackers []document.Tracker `json:"nonLinearTrackers,omitempty"`
	// Truncated tells that more was received than is kept.
	Truncated bool `json:"truncated,omitempty"`
}

// Pricing is what the ad costs.
type Pricing struct {
	Model    string `json:"model,omitempty"`
	Currency string `json:"currency,omitempty"`
	Value    string `json:"value,omitempty"`
}

// Viewable are the URLs of ViewableImpression.
type Viewable struct {
	Viewable     []string `json:"viewable,omitempty"`
	NotViewable  []string `json:"notViewable,omitempty"`
	Undetermined []string `json:"undetermined,omitempty"`
}

// Resource is a URL with the type of what is there.
type Resource struct {
	Type string `json:"type,omitempty"`
	// API is the framework that the resource needs.
	API      string `json:"apiFramework,omitempty"`
	Language string `json:"language,omitempty"`
	// BrowserOptional and VariableDuration are as written; "" is not said.
	BrowserOptional  string `json:"browserOptional,omitempty"`
	VariableDuration string `json:"variableDuration,omitempty"`
	URL              string `json:"url,omitempty"`
}

// Click is a click URL with its id.
type Click struct {
	ID  string `json:"id,omitempty"`
	URL string `json:"url"`
}

// Read reads the details of an ad from the <Ad> elements of its chain, the outermost
// first, and the URLs of their documents; shown is the creative that is shown. The
// documents were accepted before, so there is no error; an element that they lack is
// empty.
func Read(chain [][]byte, bases []string, shown *document.LinearCreative) *Details {
	d := &detailer{left: MaxDetails}
	for i, raw := range chain {
		s := &markup.Scanner{In: raw}
		if i < len(bases) {
			s.Base = bases[i]
		}
		t, err := s.Next()
		if err != nil {
			continue // an element that a caller made
		}
		ad, err := s.Element(t)
		if err != nil {
			continue
		}
		d.out.Truncated = d.out.Truncated || s.Truncated()
		for i := range ad.Children {
			switch n := &ad.Children[i]; n.Name {
			case "Wrapper":
				d.common(n)
				for _, c := range n.Each("Creatives", "Creative") {
					d.creative(c)
				}
				for _, c := range n.Each("BlockedAdCategories") {
					d.out.Blocked = append(d.out.Blocked, d.categories(document.Categories(c))...)
				}
			case "InLine":
				d.inline(n, shown)
			}
		}
	}
	return &d.out
}

// inline reads what only an inline ad has, and its shown creative.
func (d *detailer) inline(n *markup.Node, shown *document.LinearCreative) {
	d.out.SystemVersion = d.text(n.First("AdSystem").Attribute("version"))
	d.out.Description = d.text(n.First("Description").Text)
	d.out.Advertiser = d.text(n.First("Advertiser").Text)
	d.out.AdvertiserID = d.text(n.First("Advertiser").Attribute("id"))
	d.out.Expires = markup.Number(n.First("Expires").Text)
	for _, c := range n.Each("Category") {
		d.out.Categories = append(d.out.Categories, d.categories([]document.Category{{Authority: c.Attribute("authority"), Code: c.Text}})...)
	}
	for _, s := range n.Each("Survey") {
		d.out.Surveys = append(d.out.Surveys, d.resource(s))
	}
	for i, c := range n.Each("Creatives", "Creative") {
		if linear := c.Each("Linear"); i == shown.Place && len(linear) > 0 {
			d.linear(c, linear[0], shown)
		}
		d.creative(c)
	}
	d.common(n)
}

// common reads what inline ads and wrappers have.
func (d *detailer) common(n *markup.Node) {
	for _, p := range n.Each("Pricing") {
		// Of a chain the first price counts (VAST 4.3, Pricing).
		if d.out.Pricing == nil {
			d.out.Pricing = &Pricing{
				Model: d.text(p.Attribute("model")), Currency: d.text(p.Attribute("currency")), Value: d.text(p.Text),
			}
		}
	}
	for _, v := range n.Each("ViewableImpression") {
		if d.out.Viewable == nil {
			d.out.Viewable = &Viewable{}
		}
		d.out.Viewable.Viewable = append(d.out.Viewable.Viewable, d.links(v.Each("Viewable"))...)
		d.out.Viewable.NotViewable = append(d.out.Viewable.NotViewable, d.links(v.Each("NotViewable"))...)
		d.out.Viewable.Undetermined = append(d.out.Viewable.Undetermined, d.links(v.Each("ViewUndetermined"))...)
	}
	for _, v := range n.Each("AdVerifications", "Verification") {
		d.verification(v)
	}
	for _, x := range n.Each("Extensions", "Extension") {
		// Before VAST 4.1 verifications stood in an extension.
		if strings.EqualFold(x.Attribute("type"), "AdVerifications") {
			for _, v := range x.Each("AdVerifications", "Verification") {
				d.verification(v)
			}
			for _, v := range x.Each("Verification") {
				d.verification(v)
			}
			continue
		}
		d.extension(document.ExtensionOf(x))
	}
}

// creative reads what any creative may have: icons, companions, non-linear
// ads and extensions.
func (d *detailer) creative(c *markup.Node) {
	for _, i := range c.Each("Linear", "Icons", "Icon") {
		d.icon(i)
	}
	for _, group := range c.Each("CompanionAds") {
		for _, n := range group.Each("Companion") {
			d.companion(n, group.Attribute("required"), c.Attribute("sequence"))
		}
	}
	for _, group := range c.Each("NonLinearAds") {
		for _, n := range group.Each("NonLinear") {
			d.nonLinear(n, c)
		}
		for _, t := range group.Each("TrackingEvents") {
			d.out.NonLinearTrackers = append(d.out.NonLinearTrackers, d.trackers(document.Trackers(t))...)
		}
	}
	for _, x := range append(c.Each("CreativeExtensions", "CreativeExtension"),
		c.Each("Linear", "CreativeExtensions", "CreativeExtension")...) {
		d.extension(document.ExtensionOf(x))
	}
}
