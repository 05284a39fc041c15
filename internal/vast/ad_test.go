package vast

import (
	"reflect"
	"testing"
)

func TestRecord(t *testing.T) {
	doc, err := Parse([]byte(inline(`<Duration>00:00:10</Duration>
<TrackingEvents><Tracking event="start">http://t/1</Tracking><Tracking event="start">http://t/2</Tracking><Tracking event="progress" offset="25%">http://t/p</Tracking></TrackingEvents>
<VideoClicks><ClickThrough>http://c/</ClickThrough></VideoClicks>` + linearAd)))
	if err != nil {
		t.Fatal(err)
	}
	ad := (&Unwrapper{}).Unwrap(t.Context(), doc, "").Ads[0]
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
