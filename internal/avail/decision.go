package avail

import (
	"cmp"
	"encoding/json"
	"slices"
)

// Decision says what fills an avail for one session. It is made once, stored
// create-if-absent under (session, avail) and never changes.
type Decision struct {
	// Start is the reference sequence number at which the pod begins: the
	// avail's own first segment, or a later boundary after a late answer.
	Start int64 `json:"start"`
	// Items are shown in order. No item: the avail is content.
	Items []Item `json:"items,omitempty"`
	// Slate, where set, is shown over and over from the end of the items to
	// the end of the avail.
	Slate *Item `json:"slate,omitempty"`
	// Reason accounts for what the items leave unfilled ("" if nothing is).
	Reason Reason `json:"reason,omitempty"`
	// Requested is how much the ad server was asked to fill, in microseconds; 0 is
	// that it was asked without a duration or not asked.
	Requested int64 `json:"requested,omitempty"`
	// Asked is whether the ad server was asked for this decision, and not before by
	// a prefetch.
	Asked bool `json:"asked,omitempty"`
	// Offered is how long the ads are together that the ad server returned, as they
	// declare it, in microseconds, and OfferedAds how many they are.
	Offered    int64 `json:"offered,omitempty"`
	OfferedAds int   `json:"offeredAds,omitempty"`
	// Skips are the ads that were offered and not chosen.
	Skips []Skip `json:"skips,omitempty"`
	// Lead is why what lies between the avail's start and Start is content;
	// "" is ads_late.
	Lead Reason `json:"lead,omitempty"`
	// NonLinear is set for an overlay avail where the ads are those of a break of a VMAP
	// document that allows no linear ones.
	NonLinear bool `json:"nonLinear,omitempty"`
	// Breaks are what a VMAP document adds to a whole asset without markers.
	Breaks []Break `json:"breaks,omitempty"`
	// Decided is when the decision was made, Unix microseconds of wall clock.
	Decided int64 `json:"decided"`
}

// Break is one more pod of an asset without markers, at a time of its own
// (VMAP 1.0.1 §2.3.1, reference §3.3).
type Break struct {
	// ID is the AdBreak's breakId.
	ID string `json:"id,omitempty"`
	// At is its time from the asset's start, in microseconds.
	At int64 `json:"at"`
	// Sequence is the reference segment that it stands before.
	Sequence int64 `json:"sequence"`
	Decision
}

// Join puts a pod of an asset behind this one, at the same place. As long as there
// is nothing to show, the reason is why not.
func (d *Decision) Join(pod Decision) {
	d.Offered, d.OfferedAds = d.Offered+pod.Offered, d.OfferedAds+pod.OfferedAds
	d.Items, d.Skips = TellBreaks(slices.Concat(d.Items, pod.Items)), append(d.Skips, pod.Skips...)
	switch {
	case len(d.Items) > 0:
		d.Reason = ""
	case pod.Reason != "":
		d.Reason = pod.Reason
	}
}

// Length is the playing time of the items, slate not counted.
func (d *Decision) Length() int64 {
	var sum int64
	for i := range d.Items {
		sum += d.Items[i].Duration
	}
	return sum
}

// ItemKind says what an item of a pod is.
type ItemKind string

// What an item is: an ad, the first or last clip of a pod, slate between an
// ad and the last clip, or slate under an ad that only the player can show. Of
// the last there are as many in a row as the ad's time takes; the first has the
// Ad.
const (
	AdItem     ItemKind = ""
	BumperItem ItemKind = "bumper"
	SlateItem  ItemKind = "slate"
	PlayerItem ItemKind = "player"
	// OverlayItem is an ad that the player shows over content; it has no asset.
	OverlayItem ItemKind = "overlay"
)

// Item is one creative in a pod.
type Item struct {
	Kind ItemKind `json:"kind,omitempty"`
	// Asset is the id of the prepared creative (Asset.ID).
	Asset string `json:"asset"`
	// Duration is the playing time of the asset's reference rendition, of its
	// first Segments where that is set.
	Duration int64 `json:"duration"`
	// Segments, where set, is how many of the asset's segments are shown.
	Segments int `json:"segments,omitempty"`
	// Ad is what is reported about it; nil for what is no ad, or goes on with
	// the ad of the item before.
	Ad *Ad `json:"ad,omitempty"`
}

// Skip is an ad that was offered and not shown.
type Skip struct {
	AdID       string `json:"adId,omitempty"`
	CreativeID string `json:"creativeId,omitempty"`
	// UniversalID, System, Advertiser, Campaign and MediaURL are the same as in Ad.
	// Records of earlier versions have none of them.
	UniversalID string `json:"universalAdId,omitempty"`
	System      string `json:"system,omitempty"`
	Advertiser  string `json:"advertiser,omitempty"`
	Campaign    string `json:"campaign,omitempty"`
	MediaURL    string `json:"mediaUrl,omitempty"`
	// Duration is the length of the ad in microseconds, as declared or prepared.
	Duration int64  `json:"duration,omitempty"`
	Reason   Reason `json:"reason"`
	// Fault is what is wrong with its document; "" is that Reason says all.
	Fault Fault `json:"fault,omitempty"`
	// AdServer is the same as in Creative, for a creative that is not ready.
	AdServer string `json:"adServer,omitempty"`
	// Streaming is whether the ad's own stream was to be shown as it is
	// (Creative.Streaming).
	Streaming bool `json:"streaming,omitempty"`
}

// Skip is the ad as one that is not shown for a reason, in a pod where it took a
// length in microseconds. A nil ad has no identity.
func (a *Ad) Skip(length int64, reason Reason) Skip {
	s := Skip{Duration: length, Reason: reason}
	if a != nil {
		s.AdID, s.CreativeID, s.UniversalID, s.System = a.ID, a.CreativeID, a.UniversalID, a.System
		s.Advertiser, s.Campaign, s.MediaURL = a.Advertiser, a.Campaign, a.MediaURL
	}
	return s
}

// MediaTailor is the name of the skip's reason in MediaTailor's logs, which tell
// creatives that are imported from those that are transcoded.
func (s *Skip) MediaTailor() string {
	return cmp.Or(s.imported(), s.Reason.MediaTailor())
}

func (s *Skip) imported() string {
	if !s.Streaming {
		return ""
	}
	return names[s.Reason].imported
}

// Ad is what the ad server said of an ad of a pod: identity and tracking URLs
// of the whole wrapper chain, with macros not yet replaced.
type Ad struct {
	ID string `json:"id,omitempty"`
	// Type is its adType: "video", "audio" or "hybrid"; "" is video.
	Type   string `json:"type,omitempty"`
	System string `json:"system,omitempty"`
	Title  string `json:"title,omitempty"`
	// Advertiser is the inline ad's <Advertiser>, Campaign what an extension of the
	// ad names.
	Advertiser  string `json:"advertiser,omitempty"`
	Campaign    string `json:"campaign,omitempty"`
	CreativeID  string `json:"creativeId,omitempty"`
	UniversalID string `json:"universalAdId,omitempty"`
	ServingID   string `json:"adServingId,omitempty"`
	// Sequence is the ad's place in the pod, from 1.
	Sequence int `json:"sequence,omitempty"`
	// TransactionID is that of the ad request that brought the ad, BreakPosition
	// where its break is in the content, BreakMaxDuration how long that may be, in
	// microseconds: what macros of beacons tell (VAST 4.3 §6).
	TransactionID    string `json:"transactionId,omitempty"`
	BreakPosition    int    `json:"breakPosition,omitempty"`
	BreakMaxDuration int64  `json:"breakMaxDuration,omitempty"`
	// Count is which ad of its pod it is, from 1; 0 is not known. It is not stored:
	// after a late answer a pod is less than what was chosen.
	Count    int    `json:"-"`
	MediaURL string `json:"mediaUrl,omitempty"`
	// Duration is what the VAST document declares.
	Duration int64 `json:"duration,omitempty"`
	// Tracking maps an event (impression, start, firstQuartile, midpoint,
	// thirdQuartile, complete, error, …) to its URLs, outermost wrapper first.
	// Those of progress are under Progress.Event.
	Tracking map[string][]string `json:"tracking,omitempty"`
	// Progress are the offsets of the progress events, in ascending order. The
	// place of one in it is its event's, so the list never changes.
	Progress []Progress `json:"progress,omitempty"`
	// Signaling is what the ad server wants told of the ad in manifests: its Extension of
	// type creative_signaling.
	Signaling string `json:"signaling,omitempty"`
	// Raw is what client-side reporting passes on: verifications, companions,
	// icons, extensions.
	Raw json.RawMessage `json:"raw,omitempty"`
}

// Track adds URLs to those of an event.
func (a *Ad) Track(event string, urls []string) {
	if len(urls) == 0 {
		return
	}
	if a.Tracking == nil {
		a.Tracking = map[string][]string{}
	}
	a.Tracking[event] = append(a.Tracking[event], urls...)
}

// Creative is a media file that an ad or a configuration names.
type Creative struct {
	// Key is what its ad server calls it: its UniversalAdId where known, else its id
	// and the media URL, else the media URL (field failure B-57). It only tells
	// whether an ad repeats in a pod. What is shown follows from the bytes at URL,
	// because anyone who can write an ad response can choose any id.
	Key string
	// URL is where the media file is fetched, Others are further files of the
	// creative, to be tried in this order where it can't be had or prepared.
	URL    string
	Others []string
	// Duration is the declared one; 0 is unknown.
	Duration int64
	// Configuration is the playback configuration that asks for it. Those take
	// turns at preparing creatives.
	Configuration string
	// AdServer is the host name of the server whose document has the creative; ""
	// for clips of the configuration. What is known of a URL, a failure for example,
	// is known for one configuration and ad server.
	AdServer string
	// Streaming is whether URL is that of an HLS multivariant playlist whose
	// segments are spliced as they are (AdConditioningConfiguration NONE,
	// reference §5.4), not of a file to be transcoded.
	Streaming bool
}

// MaxSlack is by how much a pod may be longer than what it is fitted to, in
// microseconds: no more than half of the shortest segment that is listed.
const MaxSlack = 500_000

// Slack is by how much an ad of a length may be longer than its place: 0.1 %,
// because 30 s at 30/1.001 frames a second are 30.03 s, and one frame at 24 frames
// a second, to which its end is rounded up.
func Slack(length int64) int64 { return length/1000 + 42_000 }

// Fills is whether the decision shows anything but content.
func (d *Decision) Fills() bool { return len(d.Items) > 0 || d.Slate != nil || len(d.Breaks) > 0 }

// Settlement is where content returned after an avail in one session. It is
// stored create-if-absent and never changes.
type Settlement struct {
	// Listed is how many ad segments the avail came to.
	Listed int `json:"listed"`
	// Items is how many items those segments come from.
	Items int `json:"items"`
	// Return is the reference sequence number of the first content segment
	// after the pod.
	Return int64 `json:"return"`
	// Drift is by how much the session's output is longer than the origin's
	// after this avail, in microseconds.
	Drift int64 `json:"drift"`
}
