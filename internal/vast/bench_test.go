package vast

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	model "github.com/haxqer/vast"

	"stitcher/internal/vast/document"
)

// benchPod is a response of three inline ads as ad servers send them, about
// 6 KB; a rich one has icons, companions and verifications besides.
func benchPod(rich bool) []byte {
	var linear strings.Builder
	if rich {
		linear.WriteString(`<Icons><Icon program="AdChoices" width="20" height="20"><StaticResource creativeType="image/png"><![CDATA[https://i.example.com/a.png]]></StaticResource></Icon></Icons>`)
	}
	linear.WriteString("<Duration>00:00:15</Duration><TrackingEvents>")
	for _, event := range []string{"start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "mute", "unmute", "pause"} {
		linear.WriteString(`<Tracking event="` + event + `"><![CDATA[https://track.example.com/event?session=6ba7b810-9dad-41d1-80b4-00c04fd430c8&cb=[CACHEBUSTING]]]></Tracking>`)
	}
	linear.WriteString("</TrackingEvents><MediaFiles>")
	for _, rate := range []string{"800", "1500", "3000", "6000"} {
		linear.WriteString(`<MediaFile delivery="progressive" type="video/mp4" width="1280" height="720" bitrate="` + rate + `"><![CDATA[https://cdn.example.com/a/` + rate + `.mp4]]></MediaFile>`)
	}
	linear.WriteString("</MediaFiles>")
	one := inline(linear.String())
	if rich {
		one = strings.Replace(one, "<Creatives>", `<AdVerifications><Verification vendor="v.example-omid"><JavaScriptResource apiFramework="omid" browserOptional="true"><![CDATA[https://v.example.com/omid.js]]></JavaScriptResource><VerificationParameters><![CDATA[{"a":1}]]></VerificationParameters></Verification></AdVerifications><Extensions><Extension type="waterfall"><x><y z="1"/></x></Extension></Extensions><Creatives><Creative><CompanionAds><Companion width="300" height="250"><StaticResource creativeType="image/png"><![CDATA[https://i.example.com/b.png]]></StaticResource><CompanionClickThrough><![CDATA[https://www.example.com/]]></CompanionClickThrough></Companion></CompanionAds></Creative>`, 1)
	}
	ad := one[strings.Index(one, "<Ad "):strings.LastIndex(one, "</VAST>")]
	return []byte(`<VAST version="4.2">` + strings.Repeat(ad, 3) + `</VAST>`)
}

// BenchmarkEvaluate is Parse and Unwrap of three inline ads. "ratio" is its
// time over that of the bare decode into the typed model in the same run: at
// most 1.4.
func BenchmarkEvaluate(b *testing.B) {
	for _, size := range []struct {
		name string
		body []byte
	}{{"plain", benchPod(false)}, {"rich", benchPod(true)}} {
		b.Run(size.name, func(b *testing.B) {
			b.SetBytes(int64(len(size.body)))
			b.ReportAllocs()
			var own, model time.Duration
			for b.Loop() {
				begin := time.Now()
				evaluate(b, size.body)
				middle := time.Now()
				decode(b, size.body)
				own += middle.Sub(begin)
				model += time.Since(middle)
			}
			b.ReportMetric(float64(own)/float64(model), "ratio")
			b.ReportMetric(float64(own.Nanoseconds())/float64(b.N), "own-ns/op")
		})
	}
}

// evaluate is what a decision does with a response.
func evaluate(b *testing.B, body []byte) {
	doc, err := document.Parse(body, "")
	if err != nil {
		b.Fatal(err)
	}
	if r := (&Unwrapper{}).Unwrap(b.Context(), doc); len(r.Ads) != 3 || r.Ads[0].Reason != "" {
		b.Fatal(r)
	}
}

// decode is the yardstick.
func decode(b *testing.B, body []byte) {
	var m model.VAST
	if err := xml.Unmarshal(body, &m); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkDetails is what an ad that is shown costs more under client-side
// reporting.
func BenchmarkDetails(b *testing.B) {
	doc, err := document.Parse(benchPod(true), "")
	if err != nil {
		b.Fatal(err)
	}
	ad := &(&Unwrapper{}).Unwrap(b.Context(), doc).Ads[0]
	b.ReportAllocs()
	for b.Loop() {
		if d := ad.Details(); len(d.Icons) != 1 {
			b.Fatal(d)
		}
	}
}
