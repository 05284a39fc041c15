package trackdoctest

import (
	"strings"
	"testing"
)

// document is a correct one.
const document = `{"avails":[{"adBreakTrackingEvents":[],"adMarkerDuration":null,"ads":[` + ad + `],"availId":"5",` +
	`"availProgramDateTime":null,"duration":"PT10S","durationInSeconds":10.0,"meta":null,"nonLinearAdsList":[],"startTime":"PT1M2.5S","startTimeInSeconds":62.5}],` +
	`"dashAvailabilityStartTime":null,"hlsAnchorMediaSequenceNumber":null,"nextToken":"","nonLinearAvails":[]}`

const ad = `{"adId":"5","adParameters":"","adProgramDateTime":null,"adSystem":"","adTitle":"","adVerifications":[],"companionAds":[],` +
	`"creativeId":"","creativeSequence":"","duration":"PT10S","durationInSeconds":10.0,"extensions":[],"icons":[],"mediaFiles":{"mediaFilesList":[],"mezzanine":""},` +
	`"skipOffset":null,"startTime":"PT1M2.5S","startTimeInSeconds":62.5,"trackingEvents":[{"beaconUrls":["http://b/"],"duration":"PT0S","durationInSeconds":0.0,` +
	`"eventId":"6","eventProgramDateTime":null,"eventType":"midpoint","startTime":"PT1M7.5S","startTimeInSeconds":67.5}],"vastAdId":""}`

// TestCheck: what players depend on is checked.
func TestCheck(t *testing.T) {
	d, err := Check([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Avails[0].Ads[0].TrackingEvents[0]; got.EventID != "6" || got.StartTimeInSeconds != 67.5 || len(got.BeaconURLs) != 1 {
		t.Errorf("%+v", got)
	}
	for name, c := range map[string]struct{ old, instead string }{
		"an array is null":              {`"nonLinearAdsList":[]`, `"nonLinearAdsList":null`},
		"a member is missing":           {`"meta":null,`, ``},
		"a member has another name":     {`"adId"`, `"adID"`},
		"a number is text":              {`"durationInSeconds":10.0`, `"durationInSeconds":"10.0"`},
		"an event without URLs":         {`["http://b/"]`, `[]`},
		"an ad twice":                   {ad, ad + "," + ad},
		"two times that differ":         {`"startTimeInSeconds":67.5`, `"startTimeInSeconds":67.4`},
		"an event after its ad":         {`"PT1M7.5S","startTimeInSeconds":67.5`, `"PT1M12.6S","startTimeInSeconds":72.6`},
		"an ad after its avail":         {`"PT1M2.5S","startTimeInSeconds":62.5,"trackingEvents"`, `"PT1M3S","startTimeInSeconds":63.0,"trackingEvents"`},
		"zeros at the end of a time":    {`"PT1M7.5S"`, `"PT1M7.50S"`},
		"a duration of no parts":        {`"PT0S"`, `"PT"`},
		"a document with something new": {`"nextToken":""`, `"nextToken":"","more":1`},
	} {
		text := strings.Replace(document, c.old, c.instead, 1)
		if text == document {
			t.Fatalf("%s: nothing is replaced", name)
		}
		if _, err := Check([]byte(text)); err == nil {
			t.Errorf("%s is not noticed", name)
		}
	}
}
