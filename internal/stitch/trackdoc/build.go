package trackdoc

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/vast/details"
	"stitcher/internal/vast/document"
)

// Pod is a pod as it is shown.
type Pod struct {
	// Name is what the manifest calls a segment of the pod. The first one's name is
	// the avail's id.
	Name func(segment int) string
	// Start is when the pod begins in the presentation, in microseconds. Date is the
	// stream time of that; 0 is unknown.
	Start, Date int64
	// Marker is the announced length of the avail; 0 is unknown.
	Marker int64
	// ByServer is whether the server sends what segment requests imply (avail.Implied).
	// It is left out then: no URL is called by both.
	ByServer bool
	Items    []Item
}

// byPlayer is whether the player sends an event that is named as in Ad.Tracking.
func (p *Pod) byPlayer(event string) bool { return !p.ByServer || !avail.Implied(event) }

// Item is an item of a pod.
type Item struct {
	// First is which segment of the pod it begins with. That one's name is the ad's id.
	First int
	// At is how far after the pod's begin it begins, in microseconds.
	At int64
	// Segments are the durations of its segments, in microseconds.
	Segments []int64
	// Ad is what is reported of it; nil for what is no ad.
	Ad *avail.Ad
}

// duration is the playing time of the item in microseconds.
func (it *Item) duration() int64 {
	var sum int64
	for _, d := range it.Segments {
		sum += d
	}
	return sum
}

// segment is which segment of the pod a time of the item is in. The end is in the last
// one.
func (it *Item) segment(at int64) int {
	var end int64
	for k, d := range it.Segments {
		if end += d; at < end {
			return it.First + k
		}
	}
	return it.First + max(0, len(it.Segments)-1)
}

// timed are the events with a place in an ad, in quarters of it, in the order in which
// they are sent.
var timed = []struct {
	event   string
	quarter int64
}{
	{"loaded", 0}, {"impression", 0}, {"creativeView", 0}, {"start", 0},
	{"firstQuartile", 1}, {"midpoint", 2}, {"thirdQuartile", 3}, {"complete", 4},
}

// Build describes a pod.
func Build(p *Pod) (Avail, error) {
	out := Avail{
		AdBreakTrackingEvents: []BreakEvent{}, Ads: []Ad{}, NonLinearAdsList: []NonLinearAds{}, AvailID: p.Name(0),
		StartTime: iso(p.Start), StartTimeInSeconds: seconds(p.Start),
	}
	if p.Date != 0 {
		out.AvailProgramDateTime = Date(p.Date)
	}
	if p.Marker > 0 {
		s := iso(p.Marker)
		out.AdMarkerDuration = &s
	}
	var length int64
	for i := range p.Items {
		it := &p.Items[i]
		length = max(length, it.At+it.duration())
		if it.Ad == nil {
			continue
		}
		for _, event := range []string{"breakStart", "breakEnd"} {
			if urls := it.Ad.Tracking[event]; len(urls) > 0 && p.byPlayer(event) {
				out.AdBreakTrackingEvents = append(out.AdBreakTrackingEvents, BreakEvent{urls, event})
			}
		}
		a, overlays, err := build(p, it)
		if err != nil {
			return Avail{}, err
		}
		out.Ads = append(out.Ads, a)
		out.NonLinearAdsList = append(out.NonLinearAdsList, overlays...)
	}
	out.Duration, out.DurationInSeconds = iso(length), seconds(length)
	return out, nil
}

func build(p *Pod, it *Item) (Ad, []NonLinearAds, error) {
	var d details.Details
	if len(it.Ad.Raw) > 0 {
		if err := json.Unmarshal(it.Ad.Raw, &d); err != nil {
			return Ad{}, nil, err
		}
	}
	start, length := p.Start+it.At, it.duration()
	a := Ad{
		AdID: p.Name(it.First), AdParameters: d.Creative.Parameters, AdSystem: it.Ad.System, AdTitle: it.Ad.Title,
		AdVerifications: []Verification{}, CompanionAds: []Companion{}, Extensions: extensions(d.Extensions), Icons: []Icon{},
		CreativeID: it.Ad.CreativeID, CreativeSequence: d.Creative.Sequence, VASTAdID: it.Ad.ID,
		Duration: iso(length), DurationInSeconds: seconds(length),
		MediaFiles: MediaFiles{MediaFilesList: []MediaFile{}},
		StartTime:  iso(start), StartTimeInSeconds: seconds(start),
		TrackingEvents: events(p, it, d.Creative.CustomClicks),
		SkipOffset:     optional(d.Creative.SkipOffset),
	}
	if p.Date != 0 {
		a.AdProgramDateTime = Date(p.Date + it.At)
	}
	for i := range d.Verifications {
		a.AdVerifications = append(a.AdVerifications, verification(&d.Verifications[i]))
	}
	for i := range d.Companions {
		a.CompanionAds = append(a.CompanionAds, companion(&d.Companions[i]))
	}
	for i := range d.Icons {
		a.Icons = append(a.Icons, icon(&d.Icons[i]))
	}
	for i := range d.Creative.MediaFiles {
		if f := &d.Creative.MediaFiles[i]; f.VPAID() {
			a.MediaFiles.MediaFilesList = append(a.MediaFiles.MediaFilesList, file(f))
		}
	}
	if len(d.Creative.Mezzanines) > 0 {
		a.MediaFiles.Mezzanine = d.Creative.Mezzanines[0].URL
	}
	return a, overlays(p, it, &d), nil
}

// event is an event at a time of an item.
func (p *Pod) event(it *Item, event string, urls []string, at, duration int64) TrackingEvent {
	start := p.Start + it.At + at
	e := TrackingEvent{
		BeaconURLs: urls, EventType: event, EventID: p.Name(it.segment(at)),
		StartTime: iso(start), StartTimeInSeconds: seconds(start), Duration: iso(duration), DurationInSeconds: seconds(duration),
	}
	if p.Date != 0 {
		e.EventProgramDateTime = Date(p.Date + it.At + at)
	}
	return e
}

// events are those of an ad, in the order in which they come; those that the player
// finds out come last, by name.
func events(p *Pod, it *Item, custom []details.Click) []TrackingEvent {
	list, length := []TrackingEvent{}, it.duration()
	add := func(event string, urls []string, at, duration int64) {
		if len(urls) > 0 && p.byPlayer(event) {
			list = append(list, p.event(it, event, urls, at, duration))
		}
	}
	for _, x := range timed {
		var duration int64
		if x.event == "impression" {
			duration = length
		}
		add(x.event, it.Ad.Tracking[x.event], length*x.quarter/4, duration)
	}
	for _, x := range it.Ad.Progress {
		if at, reached := x.In(length); reached {
			add("progress", it.Ad.Tracking[x.Event()], at, 0)
		}
	}
	slices.SortStableFunc(list, func(a, b TrackingEvent) int { return cmp.Compare(a.StartTimeInSeconds, b.StartTimeInSeconds) })
	for _, event := range slices.Sorted(maps.Keys(it.Ad.Tracking)) {
		if !avail.Implied(event) {
			add(event, it.Ad.Tracking[event], 0, 0)
		}
	}
	var urls []string
	for _, c := range custom {
		urls = append(urls, c.URL)
	}
	add("customClick", urls, 0, 0)
	return list
}

func verification(v *details.Verification) Verification {
	out := Verification{
		ExecutableResource: []Resource{}, JavaScriptResource: []Script{}, TrackingEvents: []VerificationEvent{},
		Vendor: v.Vendor, VerificationParameters: v.Parameters,
	}
	for _, r := range v.Executable {
		out.ExecutableResource = append(out.ExecutableResource, Resource{r.API, r.Language, r.Type, r.URL})
	}
	for _, r := range v.JavaScript {
		out.JavaScriptResource = append(out.JavaScriptResource, Script{r.API, r.BrowserOptional, r.URL})
	}
	for _, t := range v.Trackers {
		out.TrackingEvents = append(out.TrackingEvents, VerificationEvent{t.Event, t.URL})
	}
	return out
}

func companion(c *details.Companion) Companion {
	of := func(name string) *string { return optional(c.Attributes[name]) }
	out := Companion{
		AdParameters: optional(c.Parameters), AltText: optional(c.AltText), Sequence: optional(c.Sequence),
		CompanionClickThrough: optional(c.ClickThrough),
		Attributes: CompanionAttributes{
			AdSlotID: of("adSlotId"), APIFramework: of("apiFramework"), AssetHeight: of("assetHeight"), AssetWidth: of("assetWidth"),
			ExpandedHeight: of("expandedHeight"), ExpandedWidth: of("expandedWidth"), Height: of("height"), ID: of("id"),
			PxRatio: of("pxratio"), RenderingMode: of("renderingMode"), Width: of("width"),
		},
		TrackingEvents: []BreakEvent{},
	}
	if len(c.ClickTracking) > 0 {
		out.CompanionClickTracking = optional(c.ClickTracking[0].URL)
	}
	out.HTMLResource, out.IFrameResource = first(c.HTML), first(c.IFrames)
	if len(c.Static) > 0 {
		out.StaticResource = optional(c.Static[0].URL)
	}
	for _, t := range c.Trackers {
		i := slices.IndexFunc(out.TrackingEvents, func(e BreakEvent) bool { return e.EventType == t.Event })
		if i < 0 {
			i = len(out.TrackingEvents)
			out.TrackingEvents = append(out.TrackingEvents, BreakEvent{EventType: t.Event})
		}
		out.TrackingEvents[i].BeaconURLs = append(out.TrackingEvents[i].BeaconURLs, t.URL)
	}
	return out
}

func icon(x *details.Icon) Icon {
	of := func(name string) string { return x.Attributes[name] }
	out := Icon{
		Attributes: IconAttributes{
			APIFramework: of("apiFramework"), Duration: of("duration"), Height: of("height"), Offset: of("offset"),
			Program: of("program"), PxRatio: of("pxratio"), Width: of("width"), XPosition: of("xPosition"), YPosition: of("yPosition"),
		},
		IconClicks: IconClicks{IconClickFallbackImages: []FallbackImage{}, IconClickThrough: x.ClickThrough},
	}
	if len(x.HTML) > 0 {
		out.HTMLResource = x.HTML[0]
	}
	if len(x.IFrames) > 0 {
		out.IFrameResource = x.IFrames[0]
	}
	if len(x.Static) > 0 {
		out.StaticResource = Static{x.Static[0].Type, x.Static[0].URL}
	}
	if len(x.Views) > 0 {
		out.IconViewTracking = x.Views[0]
	}
	if len(x.ClickTracking) > 0 {
		out.IconClicks.IconClickTracking = ClickTracking{x.ClickTracking[0].ID, x.ClickTracking[0].URL}
	}
	for _, f := range x.Fallbacks {
		image := FallbackImage{AltText: f.AltText, Height: f.Height, Width: f.Width}
		if len(f.Static) > 0 {
			image.StaticResource = Static{f.Static[0].Type, f.Static[0].URL}
		}
		out.IconClicks.IconClickFallbackImages = append(out.IconClicks.IconClickFallbackImages, image)
	}
	return out
}

func file(f *details.File) MediaFile {
	of := func(name string) string { return f.Attributes[name] }
	number := func(name string) int { n, _ := strconv.Atoi(of(name)); return n }
	return MediaFile{
		APIFramework: optional(of("apiFramework")), Codec: optional(of("codec")), Delivery: of("delivery"), ID: of("id"),
		Bitrate: number("bitrate"), MaxBitrate: number("maxBitrate"), MinBitrate: number("minBitrate"),
		Height: number("height"), Width: number("width"), MediaFileURI: f.URL, MediaType: of("type"),
		MaintainAspectRatio: of("maintainAspectRatio") == "true", Scalable: of("scalable") == "true",
	}
}

// Overlay describes an overlay avail: ads that the player shows over content. It has no
// length of its own, and no ads that are stitched (reference §6.2).
func Overlay(p *Pod) (Avail, error) {
	out, err := Build(&Pod{Name: p.Name, Start: p.Start, Date: p.Date, Marker: p.Marker})
	if err != nil {
		return Avail{}, err
	}
	for i := range p.Items {
		it := &p.Items[i]
		var d details.Details
		if err := json.Unmarshal(it.Ad.Raw, &d); err != nil {
			return Avail{}, err
		}
		for _, o := range overlays(p, it, &d) {
			for _, event := range []string{"error", "impression"} { // those of the whole ad
				if urls := it.Ad.Tracking[event]; len(urls) > 0 {
					o.TrackingEvents = slices.Insert(o.TrackingEvents, 0, p.event(it, event, urls, 0, 0))
				}
			}
			out.NonLinearAdsList = append(out.NonLinearAdsList, o)
		}
	}
	return out, nil
}

// overlays are the non-linear ads that came with an ad.
func overlays(p *Pod, it *Item, d *details.Details) []NonLinearAds {
	if len(d.NonLinear) == 0 {
		return nil
	}
	out := NonLinearAds{Extensions: extensions(d.Extensions), NonLinearAdList: []NonLinear{}, TrackingEvents: []TrackingEvent{}}
	for i := range d.NonLinear {
		n := &d.NonLinear[i]
		of := func(name string) string { return n.Attributes[name] }
		x := NonLinear{
			AdID: p.Name(it.First), AdParameters: n.Parameters, AdSystem: it.Ad.System, AdTitle: it.Ad.Title, APIFramework: of("apiFramework"),
			ClickThrough: n.ClickThrough, CreativeAdID: n.CreativeAdID, CreativeID: n.CreativeID, CreativeSequence: n.Sequence,
			Duration: iso(0), ExpandedHeight: of("expandedHeight"), ExpandedWidth: of("expandedWidth"), Height: of("height"), Width: of("width"),
			MaintainAspectRatio: of("maintainAspectRatio") == "true", Scalable: of("scalable") == "true", MinSuggestedDuration: of("minSuggestedDuration"),
		}
		if len(n.ClickTracking) > 0 {
			x.ClickTracking, x.ClickTrackingID = n.ClickTracking[0].URL, n.ClickTracking[0].ID
		}
		if len(n.HTML) > 0 {
			x.HTMLResource = n.HTML[0]
		}
		if len(n.IFrames) > 0 {
			x.IFrameResource = n.IFrames[0]
		}
		if len(n.Static) > 0 {
			x.StaticResource, x.StaticResourceCreativeType = n.Static[0].URL, n.Static[0].Type
		}
		out.NonLinearAdList = append(out.NonLinearAdList, x)
	}
	for _, t := range d.NonLinearTrackers {
		out.TrackingEvents = append(out.TrackingEvents, p.event(it, t.Event, []string{t.URL}, 0, 0))
	}
	return []NonLinearAds{out}
}

func extensions(list []document.Extension) []Extension {
	out := []Extension{}
	for _, x := range list {
		out = append(out, Extension{Content: x.Content, Type: x.Type})
	}
	return out
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func first(list []string) *string {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}
