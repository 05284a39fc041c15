package document

import (
	"cmp"
	"strings"
	"time"

	model "github.com/haxqer/vast"

	"stitcher/internal/vast/markup"
)

// converter turns the decoded model into a Document and exchanges handles for
// the values they stand for.
type converter struct{ read *reader }

// convert gives the document that a reader fed into the model.
func convert(m *model.VAST, r *reader) *Document {
	c := converter{read: r}
	d := &Document{Version: m.Version, Errors: c.urls(m.Errors)}
	for i := range m.Ads {
		// The model and the reader see the same children <Ad> of the root.
		d.Ads = append(d.Ads, c.entry(&m.Ads[i], &r.ads[i]))
	}
	return d
}

// entry converts one <Ad>.
func (c converter) entry(ad *model.Ad, raw *rawAd) Entry {
	e := Entry{
		ID: ad.ID, Type: ad.AdType, Sequence: max(0, ad.Sequence),
		Campaign: raw.campaign, Raw: c.read.In[raw.start:raw.end], Base: c.read.Base,
	}
	switch {
	case ad.InLine != nil:
		c.inline(&e, ad.InLine, raw)
	case ad.Wrapper != nil:
		c.wrapper(&e, ad.Wrapper)
		e.Wrapper.Blocked = raw.blocked
		if older := c.older(raw); older != nil {
			e.Creatives = append(e.Creatives, *older)
		}
	}
	return e
}

// inline converts what only an inline ad has.
func (c converter) inline(e *Entry, in *model.InLine, raw *rawAd) {
	e.System = system(in.AdSystem)
	e.Title = strings.TrimSpace(in.AdTitle.CDATA)
	e.ServingID = strings.TrimSpace(in.AdServingId)
	e.Errors = c.urls(in.Errors)
	c.impressions(e, in.Impressions)
	if in.Advertiser != nil {
		e.Advertiser = strings.TrimSpace(in.Advertiser.Advertiser)
	}
	if in.Expires != nil {
		e.Expires = max(0, *in.Expires)
	}
	if in.Category != nil {
		for _, cat := range *in.Category {
			if code := strings.TrimSpace(cat.Category); code != "" {
				e.Categories = append(e.Categories, Category{Authority: cat.Authority, Code: code})
			}
		}
	}
	for i := range in.Creatives {
		creative := &in.Creatives[i]
		e.NonLinear = e.NonLinear || creative.NonLinearAds != nil
		if creative.Linear != nil {
			e.Creatives = append(e.Creatives, c.linear(creative))
			e.Creatives[len(e.Creatives)-1].Place = i
		}
	}
	for i := range raw.videos {
		e.Creatives = append(e.Creatives, video(&raw.videos[i]))
	}
	older := c.older(raw)
	for i := range e.Creatives {
		e.Creatives[i].Interactive = raw.interactive
		if older != nil {
			e.Creatives[i].add(older)
		}
	}
	extend(e.Creatives, raw.extensions)
}

// wrapper converts what only a wrapper has.
func (c converter) wrapper(e *Entry, w *model.Wrapper) {
	e.System = system(w.AdSystem)
	e.Errors = c.urls(w.Errors)
	c.impressions(e, w.Impressions)
	e.Wrapper = &Wrapper{
		TagURI:                   c.link(w.VASTAdTagURI.CDATA),
		FollowAdditionalWrappers: orTrue(w.FollowAdditionalWrappers),
		AllowMultipleAds:         w.AllowMultipleAds != nil && *w.AllowMultipleAds,
		FallbackOnNoAd:           orTrue(w.FallbackOnNoAd),
	}
	for i := range w.Creatives {
		if l := w.Creatives[i].Linear; l != nil {
			out := LinearCreative{ID: w.Creatives[i].ID, Trackers: c.trackers(l.TrackingEvents)}
			c.clicks(&out, l.VideoClicks)
			e.Creatives = append(e.Creatives, out)
		}
	}
}

// linear converts a creative with its linear part.
func (c converter) linear(creative *model.Creative) LinearCreative {
	l := creative.Linear
	out := LinearCreative{ID: strings.TrimSpace(creative.ID), Trackers: c.trackers(l.TrackingEvents)}
	if creative.UniversalAdID != nil {
		for _, id := range *creative.UniversalAdID {
			out.UniversalIDs = append(out.UniversalIDs, UniversalID{
				Registry: strings.TrimSpace(id.IDRegistry), Value: strings.TrimSpace(id.ID),
			})
		}
	}
	out.Duration, _ = markup.ParseDuration(c.value(&l.Duration))
	if l.SkipOffset != nil {
		out.SkipOffset = c.value(l.SkipOffset.Duration)
	}
	c.clicks(&out, l.VideoClicks)
	if l.MediaFiles == nil {
		return out
	}
	for _, f := range l.MediaFiles.Mezzanine {
		out.Mezzanines = append(out.Mezzanines, MediaFile{
			URL: c.link(f.URI), Type: f.Type, Delivery: f.Delivery, Width: f.Width, Height: f.Height,
		})
	}
	for _, f := range l.MediaFiles.MediaFile {
		out.MediaFiles = append(out.MediaFiles, MediaFile{
			URL: c.link(f.URI), Type: f.Type, Delivery: f.Delivery, API: f.APIFramework,
			Bitrate: max(f.Bitrate, f.MaxBitrate), Width: f.Width, Height: f.Height,
		})
	}
	return out
}

// trackers converts the tracking events of a linear part.
func (c converter) trackers(events *model.TrackingEvents) []Tracker {
	if events == nil {
		return nil
	}
	var out []Tracker
	for _, t := range events.Tracking {
		url, event := c.link(t.URI), markup.Event(strings.TrimSpace(t.Event))
		if url == "" || event == "" {
			continue
		}
		tracker := Tracker{Event: event, URL: url}
		if t.Offset != nil && event == markup.Progress {
			tracker.Offset = strings.TrimSpace(c.value(t.Offset.Duration))
		}
		out = append(out, tracker)
	}
	return out
}

// value is the text that a handle stands for; "" where there is none.
func (c converter) value(handle *model.Duration) string {
	if handle == nil {
		return ""
	}
	n := int(time.Duration(*handle) / time.Millisecond)
	if n < 1 || n > len(c.read.values) {
		return ""
	}
	return c.read.values[n-1]
}

// clicks converts the click URLs of a linear part.
func (c converter) clicks(out *LinearCreative, v *model.VideoClicks) {
	if v == nil {
		return
	}
	for _, click := range v.ClickThroughs {
		if url := c.link(click.URI); url != "" {
			out.ClickThrough = url
		}
	}
	for _, click := range v.ClickTrackings {
		if url := c.link(click.URI); url != "" {
			out.ClickTracking = append(out.ClickTracking, url)
		}
	}
}

// urls are the non-empty ones of a list of elements.
func (c converter) urls(list []model.CDATAString) []string {
	var out []string
	for _, s := range list {
		if u := c.link(s.CDATA); u != "" {
			out = append(out, u)
		}
	}
	return out
}

// impressions takes over the URLs to call; "about:blank" is a placeholder that
// counts for nothing (VAST 4.3 §3.4.1).
func (c converter) impressions(e *Entry, list []model.Impression) {
	for _, i := range list {
		switch u := c.link(i.URI); {
		case u == "":
			e.Lost = e.Lost || len(i.URI) > markup.MaxLink
		case !strings.EqualFold(u, "about:blank"):
			e.Impressions = append(e.Impressions, u)
		}
	}
}

// link is a URL of the document.
func (c converter) link(text string) string { return markup.Resolve(c.read.Base, markup.Link(text)) }

// older is what VAST 1 has of trackers and clicks beside the creative; nil is
// nothing.
func (c converter) older(raw *rawAd) *LinearCreative {
	if len(raw.trackers) == 0 && len(raw.clicks) == 0 {
		return nil
	}
	out := &LinearCreative{Trackers: raw.trackers}
	for i := range raw.clicks {
		out.click(&raw.clicks[i])
	}
	return out
}

// video is the creative of a <Video> element of VAST 1.
func video(n *markup.Node) LinearCreative {
	out := LinearCreative{ID: n.First("AdID").Text, Place: -1}
	out.Duration, _ = markup.ParseDuration(n.First("Duration").Text)
	for _, t := range n.Each("TrackingEvents") {
		out.Trackers = append(out.Trackers, Trackers(t)...)
	}
	for _, v := range n.Each("VideoClicks") {
		out.click(v)
	}
	for _, f := range n.Each("MediaFiles", "MediaFile") {
		out.MediaFiles = append(out.MediaFiles, mediaFile(f))
	}
	return out
}

// click takes over the click URLs of a <VideoClicks> element.
func (l *LinearCreative) click(n *markup.Node) {
	for _, c := range n.Each("ClickThrough") {
		l.ClickThrough = cmp.Or(c.Link(), l.ClickThrough)
	}
	for _, c := range n.Each("ClickTracking") {
		l.ClickTracking = append(l.ClickTracking, c.Links()...)
	}
}

// add takes over trackers and clicks of another creative.
func (l *LinearCreative) add(other *LinearCreative) {
	l.Trackers = append(l.Trackers, other.Trackers...)
	l.ClickTracking = append(l.ClickTracking, other.ClickTracking...)
	l.ClickThrough = cmp.Or(l.ClickThrough, other.ClickThrough)
}

// system is the name of the ad server.
func system(s *model.AdSystem) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(s.Name)
}

// orTrue is the value of an attribute whose default is true.
func orTrue(b *bool) bool { return b == nil || *b }
