package vast

import (
	"cmp"
	"slices"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/vast/details"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/macro"
	"stitcher/internal/vast/markup"
	"stitcher/internal/vast/mediafile"
)

// Ad is what a response offers for one place of a pod, its wrapper chain
// merged: trackers, impressions and Error URLs of the whole chain, outermost
// first (VAST 4.3 §2.3.5).
type Ad struct {
	ID         string
	Type       string
	System     string
	Title      string
	Advertiser string
	// Campaign is that of the inline ad, else of the outermost wrapper that has one.
	Campaign  string
	ServingID string
	// Sequence is the ad's place in the pod of its response, from 1; 0 is a
	// stand-alone ad. The one ad of a wrapper without allowMultipleAds has
	// the wrapper's.
	Sequence int
	// Group numbers, from 0, the response that the ad stands in: its pod and
	// stand-alone ads are one buffet, of which a failing ad is replaced first.
	Group int
	// NoSubstitute tells that no stand-alone ad is to take the ad's place: a
	// wrapper with fallbackOnNoAd="false" came to nothing, or another ad of
	// its response has taken it already.
	NoSubstitute bool
	// VPAID tells that all media files are executable ones, which can't be
	// stitched; a player with client-side reporting may run them.
	VPAID      bool
	Categories []document.Category
	// Linear is the creative to show, of the inline ad.
	Linear document.LinearCreative
	// Media is the file that it is prepared from, Others are those to be tried in
	// its place, in this order.
	Media  document.MediaFile
	Others []document.MediaFile
	// Streaming tells that Media is a stream to be shown as it is.
	Streaming   bool
	Impressions []string
	Trackers    []document.Tracker
	// ClickThrough is that of the inline ad; ClickTracking of the whole chain.
	ClickThrough  string
	ClickTracking []string
	// Errors are called with Reason.VAST when the ad is not shown.
	Errors []string
	// Expires is after how many seconds the ad may not be played; 0 is never.
	Expires int
	// Raw are the <Ad> elements of the chain, outermost first, Bases the URLs of
	// their documents.
	Raw   [][]byte
	Bases []string
	// Reason tells why the ad can't be shown; "" is usable.
	Reason avail.Reason
	// Fault is what is wrong with the document where Reason says less.
	Fault avail.Fault `json:",omitempty"`
	// Err is the cause of Reason where there is more to say. It is for a log and
	// not kept.
	Err error `json:"-"`
	// Index is the ad's place in its response as written.
	Index int

	slot slot
	lost bool
}

// Record is what a decision keeps of the ad. Raw is left out: see Details.
func (a *Ad) Record() *avail.Ad {
	tracking := make(map[string][]string)
	add := func(event string, urls ...string) {
		if len(urls) > 0 {
			tracking[event] = append(tracking[event], urls...)
		}
	}
	add("impression", a.Impressions...)
	for _, t := range a.Trackers {
		event := t.Event
		if event == markup.Progress && t.Offset != "" {
			event = avail.Progress{Offset: t.Offset}.Event()
		}
		add(event, t.URL)
	}
	add("clickTracking", a.ClickTracking...)
	if a.ClickThrough != "" {
		add("clickThrough", a.ClickThrough)
	}
	add("error", a.Errors...)
	return &avail.Ad{
		ID: a.ID, Type: a.Type, System: a.System, Title: a.Title,
		Advertiser: a.Advertiser, Campaign: a.Campaign, CreativeID: a.Linear.ID, UniversalID: a.UniversalID(),
		ServingID: a.ServingID, Sequence: a.Sequence, MediaURL: a.Media.URL, Duration: a.Linear.Duration,
		Tracking: tracking, Progress: a.progress(),
	}
}

// UniversalID is the registry and value of the creative's first UniversalAdId that
// is known, separated by a space; "" without any (VAST 4.3 §3.7.1).
func (a *Ad) UniversalID() string {
	for _, id := range a.Linear.UniversalIDs {
		if !markup.Placeholder(id.Value) {
			return id.Registry + " " + id.Value
		}
	}
	return ""
}

// maxOffset is how long the text of an offset may be.
const maxOffset = 32

// progress are the offsets of the ad's progress events in ascending order. What is
// no offset is never reached.
func (a *Ad) progress() []avail.Progress {
	var list []avail.Progress
	for _, t := range a.Trackers {
		if t.Event != markup.Progress || len(t.Offset) > maxOffset ||
			slices.ContainsFunc(list, func(p avail.Progress) bool { return p.Offset == t.Offset }) {
			continue
		}
		p := avail.Progress{Offset: t.Offset}
		var ok bool
		if number, percent := strings.CutSuffix(t.Offset, "%"); percent {
			p.Part, ok = markup.ParsePercent(number)
		} else {
			p.At, ok = markup.ParseDuration(t.Offset)
		}
		if ok {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(p, q avail.Progress) int {
		return cmp.Compare(p.Position(a.Linear.Duration), q.Position(a.Linear.Duration))
	})
	return list
}

// maxOther is how long the URL of a file may be that is tried in another's place:
// they are kept for as long as the creative is not prepared.
const maxOther = 2 << 10

// Creative names the files to prepare.
func (a *Ad) Creative() avail.Creative {
	c := avail.Creative{
		Key: identity(&a.Linear, a.Media.URL), URL: a.Media.URL, Duration: a.Linear.Duration, Streaming: a.Streaming,
		AdServer: a.server(),
	}
	for i := range a.Others {
		if u := a.Others[i].URL; len(u) <= maxOther {
			c.Others = append(c.Others, u)
		}
	}
	return c
}

// unsendable tells that the ad has impressions and that none of them can be sent,
// whatever their macros become. Showing such an ad would not be paid.
func (a *Ad) unsendable() bool {
	if len(a.Impressions) == 0 {
		return a.lost
	}
	return !slices.ContainsFunc(a.Impressions, func(u string) bool { return markup.Sendable(macro.Replace(u, &macro.Values{})) })
}

// blocked tells whether the ad is in a category that a wrapper of its chain
// excludes. Authorities are compared only where both name one.
func (a *Ad) blocked(excluded []document.Category) bool {
	for _, c := range a.Categories {
		for _, x := range excluded {
			if c.Code == x.Code && (c.Authority == x.Authority || c.Authority == "" || x.Authority == "") {
				return true
			}
		}
	}
	return false
}

// Condition chooses the file of an ad to be shown as it is, without a transcode:
// the first stream. An ad without one stays as it is.
func (a *Ad) Condition() {
	streams := mediafile.Streams(&a.Linear)
	if len(streams) == 0 {
		return
	}
	switch a.Reason {
	case avail.RenditionMissing, avail.CreativeUnfetchable, avail.FrameworkRequired:
		a.Reason, a.Fault, a.Err = "", "", nil // it had no other file
	}
	a.Media, a.Others, a.Streaming = streams[0], streams[1:], true
}

// Details reads what client-side reporting passes on of the ad from the documents of
// its chain.
func (a *Ad) Details() *details.Details { return details.Read(a.Raw, a.Bases, &a.Linear) }
