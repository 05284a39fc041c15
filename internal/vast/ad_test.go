package vast

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

func TestRecord(t *testing.T) {
	doc, err := document.Parse([]byte(inline(`<Duration>00:00:10</Duration>
<TrackingEvents><Tracking event="start">http://t/1</Tracking><Tracking event="start">http://t/2</Tracking><Tracking event="progress" offset="25%">http://t/p</Tracking></TrackingEvents>
<VideoClicks><ClickThrough>http://c/</ClickThrough></VideoClicks>`+linearAd)), "")
	if err != nil {
		t.Fatal(err)
	}
	ad := (&Unwrapper{}).Unwrap(t.Context(), doc).Ads[0]
	record := ad.Record()
	want := map[string][]string{
		"impression": {"http://i.example/"}, "start": {"http://t/1", "http://t/2"},
		"progress@25%": {"http://t/p"}, "clickThrough": {"http://c/"},
	}
	if !reflect.DeepEqual(record.Tracking, want) {
		t.Errorf("tracking %v", record.Tracking)
	}
	if record.Duration != 10_000_000 || record.CreativeID != "c" || record.System != "s" || record.MediaURL != "http://m.example/a.mp4" {
		t.Errorf("record %+v", record)
	}
}

// TestOffsets: an offset belongs to progress (VAST 4.3 §3.14.1); another event that
// has one is called all the same (case 31). Progress is told in the order of time.
func TestOffsets(t *testing.T) {
	var events strings.Builder
	for i, x := range []string{
		`start" offset="00:00:00`, `creativeView" offset="08:34:01`, `Complete" offset="100%`, `progress`, `progress" offset="50%`,
		`progress" offset=" 00:00:02.500 `, `progress" offset="10`, `progress" offset="0%`, `progress" offset="-00:00:05`,
		`progress" offset="101%`, `progress" offset="soon`, `progress" offset="50%`, `progress" offset="00:00:00.` + strings.Repeat("0", 100),
	} {
		fmt.Fprintf(&events, `<Tracking event="%s">http://t/%d</Tracking>`, x, i)
	}
	doc, err := document.Parse([]byte(inline("<Duration>00:00:10</Duration><TrackingEvents>"+events.String()+"</TrackingEvents>"+linearAd)), "")
	if err != nil {
		t.Fatal(err)
	}
	record := (&Unwrapper{}).Unwrap(t.Context(), doc).Ads[0].Record()
	want := []avail.Progress{{Offset: "0%"}, {Offset: "00:00:02.500", At: 2_500_000}, {Offset: "50%", Part: 500_000}, {Offset: "10", At: 10_000_000}}
	if !reflect.DeepEqual(record.Progress, want) {
		t.Errorf("progress %+v", record.Progress)
	}
	for event, want := range map[string]string{
		"start": "http://t/0", "creativeView": "http://t/1", "complete": "http://t/2", "progress": "http://t/3", "progress@50%": "http://t/4 http://t/11",
	} {
		if got := strings.Join(record.Tracking[event], " "); got != want {
			t.Errorf("%s: %s, want %s", event, got, want)
		}
	}
}

// TestImpressions: an ad none of whose impressions can be sent is not chosen.
func TestImpressions(t *testing.T) {
	impression := func(urls ...string) string {
		return "<Impression><![CDATA[" + strings.Join(urls, "]]></Impression><Impression><![CDATA[") + "]]></Impression>"
	}
	for name, tc := range map[string]struct {
		impressions string
		invalid     bool
	}{
		"absolute":             {impression("http://i/"), false},
		"no scheme (case 19)":  {impression("//i.example/imp"), false},
		"relative":             {impression("imp?x=[CACHEBUSTING]"), false},
		"foreign macros":       {impression("http://i/%%CACHEBUSTER%%/x"), false},
		"macros in the query":  {impression("http://i/?[TIMESTAMP]&[UNKNOWN]"), false},
		"none":                 {"", false},
		"empty":                {impression(""), false},
		"the placeholder":      {impression("about:blank"), false},
		"one of two":           {impression("javascript:void(0)", "http://i/"), false},
		"another scheme":       {impression("ftp://i/"), true},
		"a script":             {impression("javascript:void(0)"), true},
		"no host":              {impression("http://"), true},
		"a macro as the host":  {impression("http://[DOMAIN]/imp"), true},
		"nothing but a macro":  {impression("[IMPRESSION]"), true},
		"unfilled placeholder": {impression("{{imp}}", "%%IMP%%", "${IMP}"), true},
		"far too long":         {impression("http://i/" + strings.Repeat("x", markup.MaxLink)), true},
	} {
		doc, err := document.Parse([]byte(strings.Replace(inline(linearAd), "<Impression>http://i.example/</Impression>", tc.impressions, 1)), "http://ads.example/vast")
		if err != nil {
			t.Fatal(err)
		}
		if ad := (&Unwrapper{}).Unwrap(t.Context(), doc).Ads[0]; (ad.Reason == avail.ImpressionInvalid) != tc.invalid {
			t.Errorf("%s: %q, %q", name, ad.Reason, ad.Impressions)
		}
	}
}

// TestRelativeEverywhere: each URL of a document may be relative to it.
func TestRelativeEverywhere(t *testing.T) {
	const document = `<VMAP><AdBreak timeOffset="start"><AdSource><VASTAdData><VAST version="4.2"><Error>//o/root</Error><Ad id="a"><InLine>
<Impression>//o/1</Impression><Error>/2</Error><Survey>3</Survey><ViewableImpression><Viewable>//o/4</Viewable></ViewableImpression>
<AdVerifications><Verification vendor="v"><JavaScriptResource>//o/5.js</JavaScriptResource><TrackingEvents><Tracking event="verificationNotExecuted">/6</Tracking></TrackingEvents></Verification></AdVerifications>
<Extensions><Extension type="AdVerifications"><AdVerifications><Verification><ExecutableResource>7</ExecutableResource></Verification></AdVerifications></Extension>
<Extension type="mezzanine"><Mezzanine type="video/mp4">//o/8</Mezzanine></Extension></Extensions>
<Creatives><Creative><Linear><Duration>10</Duration><TrackingEvents><Tracking event="start">//o/9</Tracking></TrackingEvents>
<VideoClicks><ClickThrough>/10</ClickThrough><ClickTracking>11</ClickTracking><CustomClick>//o/12</CustomClick></VideoClicks>
<MediaFiles><MediaFile type="video/mp4">//o/13</MediaFile><Mezzanine type="video/mp4">/14</Mezzanine><InteractiveCreativeFile>15</InteractiveCreativeFile><ClosedCaptionFiles><ClosedCaptionFile>16</ClosedCaptionFile></ClosedCaptionFiles></MediaFiles>
<Icons><Icon><StaticResource>//o/17</StaticResource><IconViewTracking>18</IconViewTracking><IconClicks><IconClickThrough>/19</IconClickThrough><IconClickTracking>20</IconClickTracking></IconClicks></Icon></Icons></Linear>
<CompanionAds><Companion><IFrameResource>//o/21</IFrameResource><CompanionClickThrough>22</CompanionClickThrough><TrackingEvents><Tracking event="creativeView">/23</Tracking></TrackingEvents></Companion></CompanionAds>
<NonLinearAds><NonLinear><StaticResource>24</StaticResource><NonLinearClickTracking>//o/25</NonLinearClickTracking></NonLinear></NonLinearAds></Creative></Creatives>
</InLine></Ad></VAST></VASTAdData></AdSource><TrackingEvents><Tracking event="start">//o/26</Tracking><Tracking event="error">27</Tracking></TrackingEvents></AdBreak>
<AdBreak timeOffset="end"><AdSource><AdTagURI>../28</AdTagURI></AdSource></AdBreak></VMAP>`
	r, err := ParseResponse([]byte(document), "https://h.example/d/vmap?x")
	if err != nil {
		t.Fatal(err)
	}
	b := &r.VMAP.Breaks[0]
	ad := (&Unwrapper{}).UnwrapBreak(t.Context(), b).Ads[0]
	told, err := json.Marshal([]any{ad.Record(), ad.Creative(), ad.Details(), b.Events, r.VMAP.Breaks[1].Source.TagURI, b.Source.Inline.Errors})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 28; i++ {
		if absolute := regexp.MustCompile(fmt.Sprintf(`"https://(o|h\.example(/d)?)/%d(\.js)?"`, i)); !absolute.Match(told) {
			t.Errorf("URL %d is not absolute in %s", i, told)
		}
	}
	if !strings.Contains(string(told), `"https://o/root"`) || b.Trackers("breakStart") == nil {
		t.Errorf("%s", told)
	}
}

// TestCampaignOfAd: what reports are grouped by is in the record of the ad.
func TestCampaignOfAd(t *testing.T) {
	text := inline(`<Duration>00:00:10</Duration>` + linearAd)
	text = strings.Replace(text, "<Creatives>", `<Advertiser id="a">Acme</Advertiser><Extensions><Extension type="s"><CampaignId>c7</CampaignId></Extension></Extensions><Creatives>`, 1)
	doc, err := document.Parse([]byte(text), "")
	if err != nil {
		t.Fatal(err)
	}
	ad := (&Unwrapper{}).Unwrap(t.Context(), doc).Ads[0]
	if r := ad.Record(); r.Campaign != "c7" || r.Advertiser != "Acme" {
		t.Errorf("campaign %q, advertiser %q", r.Campaign, r.Advertiser)
	}
}
