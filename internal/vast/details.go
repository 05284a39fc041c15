package vast

import "strings"

// MaxDetails bounds the text that Details holds of an ad, in bytes: it is
// stored with each decision that shows the ad.
const MaxDetails = 64 << 10

// Details is what client-side reporting passes on of an ad besides its
// trackers: what the ad server said of it in all documents of the chain, the
// outermost first. URLs have their macros not yet replaced.
type Details struct {
	SystemVersion string     `json:"systemVersion,omitempty"`
	Description   string     `json:"description,omitempty"`
	Advertiser    string     `json:"advertiser,omitempty"`
	AdvertiserID  string     `json:"advertiserId,omitempty"`
	Pricing       *Pricing   `json:"pricing,omitempty"`
	Surveys       []Resource `json:"surveys,omitempty"`
	Expires       int        `json:"expires,omitempty"`
	Categories    []Category `json:"categories,omitempty"`
	// Blocked are the categories that wrappers exclude.
	Blocked  []Category `json:"blocked,omitempty"`
	Viewable *Viewable  `json:"viewable,omitempty"`

	Creative      CreativeDetails `json:"creative"`
	Icons         []Icon          `json:"icons,omitempty"`
	Companions    []Companion     `json:"companions,omitempty"`
	NonLinear     []NonLinear     `json:"nonLinear,omitempty"`
	Verifications []Verification  `json:"verifications,omitempty"`
	// Extensions are those of the ad and its creatives; an
	// InteractiveCreativeFile of VAST 4 is among them as MediaTailor has it.
	Extensions []Extension `json:"extensions,omitempty"`
	// NonLinearTrackers are called for any of NonLinear.
	NonLinearTrackers []Tracker `json:"nonLinearTrackers,omitempty"`
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

// Details reads what the chain says of the ad. The documents were accepted
// before, so there is no error; an element that they lack is empty.
func (a *Ad) Details() *Details {
	d := &detailer{left: MaxDetails}
	for i, raw := range a.Raw {
		s := &scanner{in: raw}
		if i < len(a.Bases) {
			s.base = a.Bases[i]
		}
		t, err := s.next()
		if err != nil {
			continue // Raw of an Ad that a caller made
		}
		ad, err := s.element(t)
		if err != nil {
			continue
		}
		d.out.Truncated = d.out.Truncated || s.nodes >= maxNodes
		for i := range ad.children {
			switch n := &ad.children[i]; n.name {
			case "Wrapper":
				d.common(n)
				for _, c := range n.each("Creatives", "Creative") {
					d.creative(c)
				}
				for _, c := range n.each("BlockedAdCategories") {
					d.out.Blocked = append(d.out.Blocked, d.categories(c.categories())...)
				}
			case "InLine":
				d.inline(n, &a.Linear)
			}
		}
	}
	return &d.out
}

// inline reads what only an inline ad has, and its shown creative.
func (d *detailer) inline(n *node, shown *LinearCreative) {
	d.out.SystemVersion = d.text(n.first("AdSystem").attribute("version"))
	d.out.Description = d.text(n.first("Description").text)
	d.out.Advertiser = d.text(n.first("Advertiser").text)
	d.out.AdvertiserID = d.text(n.first("Advertiser").attribute("id"))
	d.out.Expires = number(n.first("Expires").text)
	for _, c := range n.each("Category") {
		d.out.Categories = append(d.out.Categories, d.categories([]Category{{c.attribute("authority"), c.text}})...)
	}
	for _, s := range n.each("Survey") {
		d.out.Surveys = append(d.out.Surveys, d.resource(s))
	}
	for i, c := range n.each("Creatives", "Creative") {
		if linear := c.each("Linear"); i == shown.place && len(linear) > 0 {
			d.linear(c, linear[0], shown)
		}
		d.creative(c)
	}
	d.common(n)
}

// common reads what inline ads and wrappers have.
func (d *detailer) common(n *node) {
	for _, p := range n.each("Pricing") {
		// Of a chain the first price counts (VAST 4.3, Pricing).
		if d.out.Pricing == nil {
			d.out.Pricing = &Pricing{
				Model: d.text(p.attribute("model")), Currency: d.text(p.attribute("currency")), Value: d.text(p.text),
			}
		}
	}
	for _, v := range n.each("ViewableImpression") {
		if d.out.Viewable == nil {
			d.out.Viewable = &Viewable{}
		}
		d.out.Viewable.Viewable = append(d.out.Viewable.Viewable, d.links(v.each("Viewable"))...)
		d.out.Viewable.NotViewable = append(d.out.Viewable.NotViewable, d.links(v.each("NotViewable"))...)
		d.out.Viewable.Undetermined = append(d.out.Viewable.Undetermined, d.links(v.each("ViewUndetermined"))...)
	}
	for _, v := range n.each("AdVerifications", "Verification") {
		d.verification(v)
	}
	for _, x := range n.each("Extensions", "Extension") {
		// Before VAST 4.1 verifications stood in an extension.
		if strings.EqualFold(x.attribute("type"), "AdVerifications") {
			for _, v := range x.each("AdVerifications", "Verification") {
				d.verification(v)
			}
			for _, v := range x.each("Verification") {
				d.verification(v)
			}
			continue
		}
		d.extension(x.extension())
	}
}

// creative reads what any creative may have: icons, companions, non-linear
// ads and extensions.
func (d *detailer) creative(c *node) {
	for _, i := range c.each("Linear", "Icons", "Icon") {
		d.icon(i)
	}
	for _, group := range c.each("CompanionAds") {
		for _, n := range group.each("Companion") {
			d.companion(n, group.attribute("required"), c.attribute("sequence"))
		}
	}
	for _, group := range c.each("NonLinearAds") {
		for _, n := range group.each("NonLinear") {
			d.nonLinear(n, c)
		}
		for _, t := range group.each("TrackingEvents") {
			d.out.NonLinearTrackers = append(d.out.NonLinearTrackers, d.trackers(t.trackers())...)
		}
	}
	for _, x := range append(c.each("CreativeExtensions", "CreativeExtension"),
		c.each("Linear", "CreativeExtensions", "CreativeExtension")...) {
		d.extension(x.extension())
	}
}
