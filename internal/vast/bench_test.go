package vast

import (
	"encoding/xml"
	"strings"
	"testing"

	model "github.com/haxqer/vast"
)

// benchPod is a response of three inline ads as ad servers send them, about
// 6 KB.
func benchPod() []byte {
	var linear strings.Builder
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
	ad := one[strings.Index(one, "<Ad "):strings.LastIndex(one, "</VAST>")]
	return []byte(`<VAST version="4.2">` + strings.Repeat(ad, 3) + `</VAST>`)
}

// BenchmarkEvaluate is Parse and Unwrap of three inline ads; BenchmarkModel is
// the bare decode into the typed model, the yardstick: at most 1.4 of it.
func BenchmarkEvaluate(b *testing.B) {
	body := benchPod()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		doc, err := Parse(body)
		if err != nil {
			b.Fatal(err)
		}
		if r := (&Unwrapper{}).Unwrap(b.Context(), doc, ""); len(r.Ads) != 3 || r.Ads[0].Reason != "" {
			b.Fatal(r)
		}
	}
}

func BenchmarkModel(b *testing.B) {
	body := benchPod()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var m model.VAST
		if err := xml.Unmarshal(body, &m); err != nil {
			b.Fatal(err)
		}
	}
}
