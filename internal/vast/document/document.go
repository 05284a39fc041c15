package document

import (
	"encoding/xml"
	"errors"
	"slices"

	model "github.com/haxqer/vast"

	"stitcher/internal/vast/markup"
)

// ErrVMAP tells that a document is a VMAP and not a VAST.
var ErrVMAP = errors.New("the document is a VMAP, not a VAST")

// MaxAds is how many ads of a document are read. No avail has room for more, and each
// costs a goroutine, a skip in the stored decision and an error beacon.
const MaxAds = 100

// Document is one VAST response, before wrappers are followed.
type Document struct {
	Version string
	// Errors are the root's Error URLs, called when there is no ad.
	Errors []string
	// Ads are in document order, the first MaxAds of them.
	Ads []Entry
}

// Pod tells whether an ad of the document has a place in a pod.
func (d *Document) Pod() bool {
	return slices.ContainsFunc(d.Ads, func(e Entry) bool { return e.Sequence > 0 })
}

// Entry is one <Ad> of a document: an inline ad or a wrapper.
type Entry struct {
	ID string
	// Type is "video", "audio" or "hybrid"; "" is video.
	Type string
	// Sequence is the ad's place in a pod, from 1; 0 is a stand-alone ad.
	Sequence   int
	System     string
	Title      string
	Advertiser string
	// Campaign is what an extension names; VAST has no element for it.
	Campaign    string
	ServingID   string
	Categories  []Category
	Errors      []string
	Impressions []string
	// Expires is after how many seconds the ad may not be played; 0 is never.
	Expires int
	// Creatives are those with a linear part. Of a wrapper they hold only
	// trackers and clicks.
	Creatives []LinearCreative
	// NonLinear tells that some creative is non-linear.
	NonLinear bool
	// Wrapper is nil for an inline ad.
	Wrapper *Wrapper
	// Raw is the <Ad> element as received, in UTF-8: what client-side
	// reporting passes on (verifications, companions, icons, extensions). Base
	// is the URL of its document.
	Raw  []byte
	Base string
	// Lost tells that an impression is longer than any URL may be.
	Lost bool
}

// Wrapper is where a wrapper ad leads and under which conditions.
type Wrapper struct {
	TagURI string
	// FollowAdditionalWrappers (default true) allows wrappers in the response.
	FollowAdditionalWrappers bool
	// AllowMultipleAds (default false) allows more than one ad of it.
	AllowMultipleAds bool
	// FallbackOnNoAd (default true, as MediaTailor has it) allows a
	// stand-alone ad in the place of this one if the response has none.
	FallbackOnNoAd bool
	// Blocked are the categories that its response must not contain.
	Blocked []Category
}

// Category is an ad category of an authority's taxonomy.
type Category struct {
	Authority string `json:"authority,omitempty"`
	Code      string `json:"code"`
}

// UniversalID names a creative across ad servers (VAST 4.3 §3.7.1).
type UniversalID struct {
	Registry string `json:"registry,omitempty"`
	Value    string `json:"value"`
}

// LinearCreative is the linear part of a <Creative>.
type LinearCreative struct {
	ID           string
	UniversalIDs []UniversalID
	// Duration in microseconds; 0 is unknown.
	Duration int64
	// SkipOffset is as the ad server wrote it; "" is not skippable.
	SkipOffset    string
	Trackers      []Tracker
	ClickThrough  string
	ClickTracking []string
	Mezzanines    []MediaFile
	MediaFiles    []MediaFile
	// Interactive tells that there is a file which needs a framework in the
	// player (InteractiveCreativeFile of VAST 4).
	Interactive bool
	// Place is the index of the <Creative> in its ad.
	Place int
}

// Tracker is one tracking URL of an event, its macros not yet replaced.
type Tracker struct {
	Event string `json:"event"`
	// Offset of a progress event, as the ad server wrote it.
	Offset string `json:"offset,omitempty"`
	URL    string `json:"url"`
}

// MediaFile is one file of a creative.
type MediaFile struct {
	URL  string
	Type string
	// Delivery is "progressive" or "streaming"; "" is unknown.
	Delivery string
	// Bitrate in kbit/s; of an adaptive file the highest.
	Bitrate       int
	Width, Height int
	// API is the framework that an executable file needs (VPAID).
	API string
}

// Parse reads one VAST response. Its relative URLs are resolved against base, the
// URL of the response; "" resolves none. Empty input is a document without ads: some
// ad servers answer "no ad" so. Every error is a *ParseError; that of a VMAP
// wraps ErrVMAP.
func Parse(body []byte, base string) (*Document, error) {
	text, err := markup.Text(body)
	if err != nil {
		return nil, err
	}
	return ParseText(text, base)
}

// ParseText reads a VAST whose text is UTF-8.
func ParseText(text []byte, base string) (*Document, error) {
	if markup.Blank(text) {
		return &Document{}, nil
	}
	r := &reader{Scanner: markup.Scanner{In: text, Base: base}}
	var m model.VAST
	if err := xml.NewTokenDecoder(r).Decode(&m); err != nil {
		var parse *markup.ParseError
		if errors.As(err, &parse) {
			return nil, parse
		}
		return nil, markup.Malformed("%w", err)
	}
	return convert(&m, r), nil
}
