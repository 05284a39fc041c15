package pod

import (
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/vast"
	"stitcher/internal/vast/document"
)

// second is in microseconds.
const second = 1_000_000

// anAd has a length in microseconds and a file of its name.
func anAd(name string, length int64) vast.Ad {
	return vast.Ad{ID: name, Linear: document.LinearCreative{Duration: length}, Media: document.MediaFile{URL: "http://m.example/" + name}}
}

// prepared is an asset of segments of so many seconds.
func prepared(id string, seconds ...int64) *avail.Asset {
	a := &avail.Asset{ID: id, Renditions: make([]avail.AssetRendition, 1)}
	for _, n := range seconds {
		a.Duration += n * second
		a.Renditions[0].Segments = append(a.Renditions[0].Segments, avail.AssetSegment{Duration: n * second})
	}
	return a
}

func clip(id string, length int64) *avail.Item {
	return &avail.Item{Kind: avail.BumperItem, Asset: id, Duration: length}
}

func session() *playback.Session { return &playback.Session{Reporting: "server"} }

// take adds an ad as an asset of its name and length.
func take(p *Pod) Take {
	return func(_ *Offer, ad *vast.Ad) avail.Reason {
		if ad.Reason != "" {
			return ad.Reason
		}
		c := ad.Creative()
		if reason := p.Refuse(c.Key, c.Duration); reason != "" {
			return reason
		}
		return p.Add(&avail.Asset{ID: ad.ID, Duration: ad.Linear.Duration}, ad)
	}
}

// summary is a decision in one line: items with seconds, skips, slate, reason.
func summary(d avail.Decision) string {
	var b strings.Builder
	for _, it := range d.Items {
		fmt.Fprintf(&b, "%s:%g ", it.Asset, float64(it.Duration)/second)
	}
	for _, s := range d.Skips {
		fmt.Fprintf(&b, "-%s:%s ", s.AdID, s.Reason)
	}
	if d.Slate != nil {
		b.WriteString("+" + d.Slate.Asset + " ")
	}
	return b.String() + "=" + string(d.Reason)
}

func TestDecision(t *testing.T) {
	slate := prepared("s", 2, 2)
	lost := anAd("lost", 10*second)
	lost.Reason = avail.RenditionMissing
	for name, c := range map[string]struct {
		options Options
		ads     []vast.Ad
		fault   avail.Reason
		want    string
	}{
		"full":                     {options: Options{Length: 30 * second}, ads: []vast.Ad{anAd("a", 20*second), anAd("b", 10*second)}, want: "a:20 b:10 ="},
		"short":                    {options: Options{Length: 30 * second}, ads: []vast.Ad{anAd("a", 20*second)}, want: "a:20 =pod_short"},
		"half a frame short":       {options: Options{Length: 30 * second}, ads: []vast.Ad{anAd("a", 30*second-tolerance)}, want: "a:29.98 ="},
		"a little longer":          {options: Options{Length: 30 * second}, ads: []vast.Ad{anAd("a", 30*second+avail.Slack(30*second))}, want: "a:30.072 ="},
		"longer":                   {options: Options{Length: 30 * second}, ads: []vast.Ad{anAd("a", 30*second+200_000)}, want: "-a:ad_too_long =ad_too_long"},
		"twice":                    {options: Options{Length: 30 * second}, ads: []vast.Ad{anAd("a", 10*second), anAd("a", 10*second)}, want: "a:10 -a:repeated_in_pod =pod_short"},
		"none fits":                {options: Options{Length: 30 * second}, ads: []vast.Ad{lost, anAd("a", 60*second), lost}, want: "-lost:rendition_missing -a:ad_too_long -lost:rendition_missing =rendition_missing"},
		"no offer":                 {options: Options{Length: 30 * second}, fault: avail.AdsTimeout, want: "=ads_timeout"},
		"an offer of nothing":      {options: Options{Length: 30 * second}, want: "=ads_empty"},
		"boundless":                {options: Options{Length: 3600 * second, Boundless: true}, ads: []vast.Ad{anAd("a", 20*second)}, want: "a:20 ="},
		"boundless and empty":      {options: Options{Length: 3600 * second, Boundless: true}, fault: avail.AdsError, want: "=ads_error"},
		"slate":                    {options: Options{Length: 30 * second, Slate: slate}, ads: []vast.Ad{anAd("a", 20*second)}, want: "a:20 +s =pod_short"},
		"below the threshold":      {options: Options{Length: 30 * second, Slate: slate, Threshold: 5 * second}, ads: []vast.Ad{anAd("a", 20*second)}, want: "-a:below_threshold =below_threshold"},
		"at the threshold":         {options: Options{Length: 30 * second, Slate: slate, Threshold: 10 * second}, ads: []vast.Ad{anAd("a", 20*second)}, want: "a:20 +s =pod_short"},
		"bumpers":                  {options: Options{Length: 30 * second, Bumpers: Bumpers{clip("x", second), clip("y", 2*second)}}, ads: []vast.Ad{anAd("a", 20*second)}, want: "x:1 a:20 y:2 =pod_short"},
		"bumpers leave less":       {options: Options{Length: 30 * second, Bumpers: Bumpers{Start: clip("x", second)}}, ads: []vast.Ad{anAd("a", 30*second)}, want: "-a:ad_too_long =ad_too_long"},
		"bumpers of content":       {options: Options{Length: 30 * second, Bumpers: Bumpers{clip("x", second), clip("y", 2*second)}}, want: "=ads_empty"},
		"slate before a bumper":    {options: Options{Length: 30 * second, Slate: slate, Bumpers: Bumpers{End: clip("y", 2*second)}}, ads: []vast.Ad{anAd("a", 19*second)}, want: "a:19 s:4 s:4 y:2 +s =pod_short"}, //nolint:dupword // two of them
		"an asset is shown whole":  {options: Options{Length: 30 * second, Slate: slate, Static: true}, ads: []vast.Ad{anAd("a", 23*second)}, want: "a:23 s:4 s:2 =pod_short"},
		"slate around bumpers":     {options: Options{Length: 8 * second, Slate: slate, Bumpers: Bumpers{clip("x", second), clip("y", second)}}, want: "x:1 s:4 y:1 +s =ads_empty"},
		"a short slate is bounded": {options: Options{Length: 300 * second, Slate: prepared("s", 1), Bumpers: Bumpers{End: clip("y", second)}}, want: strings.Repeat("s:1 ", maxSlates) + "y:1 +s =ads_empty"},
	} {
		c.options.Session = session()
		p := New(c.options)
		p.Fill([]Offer{{Ads: c.ads}}, false, take(p))
		d := p.Decision(c.fault)
		if got := summary(d); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", name, got, c.want)
		}
		if d.OfferedAds != len(c.ads) {
			t.Errorf("%s: %d ads were offered, want %d", name, d.OfferedAds, len(c.ads))
		}
	}
}

// TestSeveralOffers: the first ad tells of the begin of each document's break, the last ad
// of the ends, and each ad's macros are those of its own document.
func TestSeveralOffers(t *testing.T) {
	p := New(Options{Session: session(), Length: 30 * second, Longest: 30 * second})
	p.Fill([]Offer{
		{Ads: []vast.Ad{anAd("a", 10*second)}, Start: []string{"s1"}, End: []string{"e1"}, Transaction: "t1"},
		{Ads: []vast.Ad{anAd("b", 10*second), anAd("c", 10*second)}, Start: []string{"s2"}, End: []string{"e2"}, Transaction: "t2"},
	}, false, take(p))
	d := p.Decision("")
	var got []string
	for _, it := range d.Items {
		got = append(got, fmt.Sprintf("%s%v%v", it.Ad.TransactionID, it.Ad.Tracking["breakStart"], it.Ad.Tracking["breakEnd"]))
	}
	if want := "t1[s1 s2][] t2[][] t2[][e1 e2]"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if d.Offered != 30*second || d.Requested != 30*second {
		t.Errorf("%d offered, %d requested", d.Offered, d.Requested)
	}
}

// TestReserve: slate stands for an ad of the player, to the end of the segment that the ad
// ends in.
func TestReserve(t *testing.T) {
	for name, c := range map[string]struct {
		slate        *avail.Asset
		left, length int64
		want         string
		reason       avail.Reason
	}{
		"whole slates":  {slate: prepared("s", 2, 2), left: 30 * second, length: 8 * second, want: "s:4 s:4 =pod_short"}, //nolint:dupword // two of them
		"a part":        {slate: prepared("s", 2, 2), left: 30 * second, length: 5 * second, want: "s:4 s:2 =pod_short"},
		"not after end": {slate: prepared("s", 4, 4), left: 5 * second, length: 5 * second, want: "s:4 =pod_short"},
		"too long":      {slate: prepared("s", 12), left: 10 * second, length: 5 * second, reason: avail.FrameworkRequired, want: "=ads_empty"},
		"far too short": {slate: prepared("s", 1), left: 300 * second, length: 101 * second, reason: avail.FrameworkRequired, want: "=ads_empty"},
	} {
		p := New(Options{Session: session(), Length: c.left})
		ad := anAd("x", c.length)
		p.from = &Offer{}
		if reason := p.Reserve("key", c.slate, &ad); reason != c.reason {
			t.Errorf("%s: reason %q, want %q", name, reason, c.reason)
		}
		if taken := p.Refuse("key", second) == avail.RepeatedInPod; taken != (c.reason == "") {
			t.Errorf("%s: the pod has the ad: %t", name, taken)
		}
		d := p.Decision("")
		if got := summary(d); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		for i, it := range d.Items {
			if it.Kind != avail.PlayerItem || (it.Ad != nil) != (i == 0) {
				t.Errorf("%s: item %d is %+v", name, i, it)
			}
		}
	}
}

// TestOverlay: an overlay has no asset and fills nothing.
func TestOverlay(t *testing.T) {
	p := New(Options{Session: session(), Length: 3600 * second, Boundless: true})
	p.Overlay([]Offer{{Ads: []vast.Ad{anAd("a", 0), anAd("b", 0)}}}, func(_ *Offer, ad *vast.Ad) avail.Reason {
		if ad.ID == "a" {
			return avail.NotOverlay
		}
		return p.AddOverlay(ad)
	})
	d := p.Decision("")
	if len(d.Items) != 1 || d.Items[0].Kind != avail.OverlayItem || d.Items[0].Ad.ID != "b" || d.Reason != "" || len(d.Skips) != 1 || d.OfferedAds != 2 {
		t.Errorf("%+v", d)
	}
}

// TestWeight: a pod keeps no more of its ads than its bound.
func TestWeight(t *testing.T) {
	p := New(Options{Session: session(), Length: 30 * second})
	ads := []vast.Ad{anAd("a", 10*second), anAd("b", 10*second), anAd("c", 10*second)}
	for i := range ads {
		ads[i].Impressions = []string{"http://i.example/" + strings.Repeat("x", maxWeight*2/5)}
	}
	p.Fill([]Offer{{Ads: ads}}, false, take(p))
	d := p.Decision("")
	if got, want := summary(d), "a:10 b:10 -c:vast_invalid =pod_short"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if w := Weight(&d); w <= maxWeight/2 || w > maxWeight {
		t.Errorf("the decision weighs %d", w)
	}
}

// TestCommonest: ads that have no place in a sequence are no reason as long as there is
// another.
func TestCommonest(t *testing.T) {
	skips := func(reasons ...avail.Reason) (list []avail.Skip) {
		for _, r := range reasons {
			list = append(list, avail.Skip{Reason: r})
		}
		return list
	}
	for want, list := range map[avail.Reason][]avail.Skip{
		"":                    nil,
		avail.AdTooLong:       skips(avail.OutOfSequence, avail.AdTooLong, avail.OutOfSequence),
		avail.OutOfSequence:   skips(avail.OutOfSequence),
		avail.CreativeNew:     skips(avail.TranscodeFailed, avail.CreativeNew, avail.CreativeNew),
		avail.TranscodeFailed: skips(avail.TranscodeFailed, avail.CreativeNew),
	} {
		if got := commonest(list); got != want {
			t.Errorf("%v: %s, want %s", list, got, want)
		}
	}
}
