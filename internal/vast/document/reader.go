package document

import (
	"encoding/xml"
	"fmt"
	"strings"

	"stitcher/internal/vast/markup"
)

// reader feeds the typed model, as an xml.TokenReader, with what a decision
// needs of a document, repaired by the rules of rule.go. What the model would
// lose is noted beside it. The document is tokenized once.
type reader struct {
	markup.Scanner
	// path are the local names of the open elements that the model sees.
	path []string
	// pending are tokens to give before the document is read on.
	pending []xml.Token
	// values are the texts that handles stand for.
	values []string
	// ads are the children <Ad> of the root in document order.
	ads []rawAd
	// timed tells that the open creative has had a Duration: the model adds a
	// second one to the first.
	timed bool
	// buffer holds the attributes of the last start element, filled tells that it
	// has had a URL element.
	buffer []xml.Attr
	filled bool
}

// rawAd is what the typed model does not keep of an <Ad>.
type rawAd struct {
	start, end int
	blocked    []Category
	extensions []rawExtension
	// campaign is that which an extension names.
	campaign string
	// creatives counts the <Creative> elements so far.
	creatives int
	// interactive tells that a file needs a framework in the player.
	interactive bool
	// videos, trackers and clicks stand in the ad itself in VAST 1, which has one
	// creative an ad.
	videos   []markup.Node
	trackers []Tracker
	clicks   []markup.Node
}

// rawExtension is an <Extension> that says something of the creatives.
type rawExtension struct {
	// creative is the index of the <Creative> that it stands in, -1 is the ad.
	creative int
	node     markup.Node
}

// maxCreatives is how many creatives of an ad are read.
const maxCreatives = 100

var _ xml.TokenReader = (*reader)(nil)

// Token gives the next token for the model.
func (r *reader) Token() (xml.Token, error) {
	for {
		if len(r.pending) > 0 {
			t := r.pending[0]
			r.pending = r.pending[1:]
			return t, nil
		}
		t, err := r.Next()
		if err != nil {
			return nil, err
		}
		switch t.Kind {
		case markup.CharData:
			return xml.CharData(markup.Unescape(t.Text)), nil
		case markup.CDATA:
			return xml.CharData(markup.PrintableOnly(t.Text)), nil
		case markup.EndTag:
			return r.leave(t), nil
		case markup.StartTag:
			out, err := r.enter(t)
			if out != nil || err != nil {
				return out, err
			}
		}
	}
}

// parent is the name of the innermost open element.
func (r *reader) parent() string {
	if n := len(r.path); n > 0 {
		return r.path[n-1]
	}
	return ""
}

// creatives is how many <Creative> elements the open ad has had.
func (r *reader) creatives() int {
	if n := len(r.ads); n > 0 {
		return r.ads[n-1].creatives
	}
	return 0
}

// enter takes a start tag; nil is an element that the model doesn't see.
func (r *reader) enter(t markup.Token) (xml.Token, error) {
	if len(r.path) == 0 {
		if err := root(t.Name); err != nil {
			return nil, err
		}
	}
	name, parent := markup.Element(t.Name), r.parent()
	known := needed[name] && (name != markup.URLElement || linked[parent]) && (name != "Video" || parent == "InLine")
	isAd := name == "Ad" && len(r.path) == 1
	if !known || isAd && len(r.ads) == MaxAds || name == "Creative" && r.creatives() == maxCreatives {
		_, err := r.Skip()
		return nil, err
	}
	switch {
	case name == "Extension" || name == "CreativeExtension":
		return nil, r.extension(t, parent)
	case name == markup.URLElement:
		return r.url(t, parent)
	case captured(parent, name):
		return r.capture(t, name)
	case isAd:
		r.ads = append(r.ads, rawAd{start: t.From})
	case name == "Creative":
		r.timed = false
		if n := len(r.ads); n > 0 {
			r.ads[n-1].creatives++
		}
	}
	r.path, r.filled = append(r.path, name), false
	return xml.StartElement{Name: xml.Name{Local: name}, Attr: r.repaired(t, name, parent)}, nil
}

// url takes a URL element as the text of the one around it, of which a second URL
// makes two.
func (r *reader) url(t markup.Token, parent string) (xml.Token, error) {
	n, err := r.Element(t)
	if err != nil {
		return nil, err
	}
	text := xml.CharData(n.Text)
	if !r.filled {
		r.filled = true
		return text, nil
	}
	around := xml.Name{Local: parent}
	r.pending = append(r.pending[:0], xml.StartElement{Name: around, Attr: r.buffer}, text)
	return xml.EndElement{Name: around}, nil
}

// leave takes an end tag.
func (r *reader) leave(t markup.Token) xml.Token {
	name := r.parent()
	r.path = r.path[:len(r.path)-1]
	if name == "Ad" && len(r.path) == 1 {
		r.ads[len(r.ads)-1].end = t.To
	}
	return xml.EndElement{Name: xml.Name{Local: name}}
}

// repaired are the attributes that the model gets.
func (r *reader) repaired(t markup.Token, name, parent string) []xml.Attr {
	r.buffer = r.buffer[:0]
	for _, a := range t.Attributes {
		attribute := markup.AttributeName(a.Name)
		how := read[attribute]
		if how == 0 {
			continue
		}
		value, ok := string(markup.Unescape(a.Value)), true
		switch how {
		case verbatim:
		case integer:
			value, ok = markup.Integer(value)
		case boolean:
			value, ok = markup.Boolean(value)
		case handled:
			// Only trackers and linear parts have offsets that count.
			if ok = parent == "TrackingEvents" || name == "Linear"; ok {
				value = r.handle(value)
			}
		}
		if ok {
			r.buffer = append(r.buffer, xml.Attr{Name: xml.Name{Local: attribute}, Value: value})
		}
	}
	return r.buffer
}

// capture takes an element whose text the model can't read as it is.
func (r *reader) capture(t markup.Token, name string) (xml.Token, error) {
	n, err := r.Element(t)
	if err != nil {
		return nil, err
	}
	start := xml.StartElement{Name: xml.Name{Local: name}}
	text := n.Text
	switch name {
	case "Duration":
		if r.timed {
			text = "00:00:00"
		} else {
			text, r.timed = r.handle(text), true
		}
	case "UniversalAdId":
		start.Attr = []xml.Attr{{Name: xml.Name{Local: "idRegistry"}, Value: n.Attribute("idRegistry")}}
		// VAST 4.0 has the value in idValue, later versions in the text.
		if v := strings.TrimSpace(n.Attribute("idValue")); markup.Placeholder(text) && v != "" {
			text = v
		}
	case "Expires":
		text, _ = markup.Integer(text)
	case "BlockedAdCategories", "InteractiveCreativeFile", "Video", "TrackingEvents", "VideoClicks":
		if k := len(r.ads); k > 0 {
			r.ads[k-1].note(name, n)
		}
		return nil, nil
	}
	r.pending = append(r.pending[:0], xml.CharData(text), xml.EndElement{Name: start.Name})
	return start, nil
}

// note keeps an element of the ad that the model has no place for.
func (a *rawAd) note(name string, n markup.Node) {
	switch name {
	case "BlockedAdCategories":
		a.blocked = append(a.blocked, Categories(&n)...)
	case "InteractiveCreativeFile":
		a.interactive = true
	case "Video":
		a.videos = append(a.videos, n)
	case "TrackingEvents":
		a.trackers = append(a.trackers, Trackers(&n)...)
	case "VideoClicks":
		a.clicks = append(a.clicks, n)
	}
}

// extension notes what an extension says of creatives or of the campaign, and
// passes the others.
func (r *reader) extension(t markup.Token, parent string) error {
	kind := ""
	for _, a := range t.Attributes {
		if markup.AttributeName(a.Name) == "type" {
			kind = strings.ToLower(strings.TrimSpace(string(a.Value)))
		}
	}
	k := len(r.ads) - 1
	if k < 0 || kind != "universaladid" && kind != "mezzanine" {
		end, err := r.Skip()
		if err == nil && k >= 0 && r.ads[k].campaign == "" {
			r.ads[k].campaign = campaign(r.In[t.From:end.To])
		}
		return err
	}
	n, err := r.Element(t)
	if err != nil {
		return err
	}
	x := rawExtension{creative: -1, node: n}
	if parent == "CreativeExtensions" {
		x.creative = r.ads[k].creatives - 1
	}
	r.ads[k].extensions = append(r.ads[k].extensions, x)
	return nil
}

// handle stores a text that the model would round or refuse and gives a
// duration in its notation that stands for it: the index as milliseconds.
func (r *reader) handle(text string) string {
	r.values = append(r.values, text)
	n := len(r.values)
	return fmt.Sprintf("%02d:%02d:%02d.%03d", n/3_600_000, n/60_000%60, n/1000%60, n%1000)
}

// root checks the name of the first element: haxqer's model takes any root,
// an HTML page too, for an empty VAST.
func root(name []byte) error {
	switch markup.Element(name) {
	case "VAST":
		return nil
	case "VMAP":
		return &markup.ParseError{Code: markup.NotVAST, Err: ErrVMAP}
	}
	return &markup.ParseError{Code: markup.NotVAST, Err: &markup.RootError{Name: string(name)}}
}
