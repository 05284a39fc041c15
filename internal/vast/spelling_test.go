package vast

import (
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
)

// TestSpellings: documents of older versions and other spellings of them come to
// the same ad as one of VAST 4.
func TestSpellings(t *testing.T) {
	const file = `<MediaFile delivery="progressive" type="video/mp4" bitrate="500" width="640" height="360">http://m.example/a.mp4</MediaFile>`
	const impressions = `<Impression>http://i/1</Impression><Impression>http://i/2</Impression>`
	const trackers = `<TrackingEvents><Tracking event="start">http://t/1</Tracking><Tracking event="start">http://t/2</Tracking></TrackingEvents>`
	const clicks = `<VideoClicks><ClickThrough>http://c/</ClickThrough><ClickTracking>http://c/t</ClickTracking></VideoClicks>`
	newest := `<VAST version="4.2"><Ad id="a"><InLine><AdSystem>s</AdSystem>` + impressions + `<Error>http://e/</Error><Creatives><Creative><Linear>` +
		`<Duration>00:00:10</Duration>` + trackers + clicks + `<MediaFiles>` + file + `</MediaFiles></Linear></Creative></Creatives></InLine></Ad></VAST>`
	inURL := strings.NewReplacer(
		"<Impression>http://i/1</Impression><Impression>http://i/2</Impression>", `<Impression><URL id="x">http://i/1</URL><URL>http://i/2</URL></Impression>`,
		`<Tracking event="start">http://t/1</Tracking><Tracking event="start">http://t/2</Tracking>`, `<Tracking event="start"> <URL><![CDATA[http://t/1]]></URL> <URL>http://t/2</URL></Tracking>`,
		"http://c/<", "<URL>http://c/</URL><", "http://c/t<", "<URL>http://c/t</URL><", "http://e/<", "<URL>http://e/</URL><",
		"http://m.example/a.mp4", "<URL>http://m.example/a.mp4</URL>")
	want := ""
	for _, tc := range []struct{ name, document string }{
		{"VAST 4", newest},
		{"URL elements", inURL.Replace(newest)},
		{"VAST 1", strings.NewReplacer("<VAST version=\"4.2\"", "<VideoAdServingTemplate", "</VAST>", "</VideoAdServingTemplate>",
			"<Creatives><Creative><Linear><Duration>00:00:10</Duration>"+inURL.Replace(trackers), inURL.Replace(trackers)+"<Video><Duration>00:00:10</Duration>",
			"</Linear></Creative></Creatives>", "</Video>").Replace(inURL.Replace(newest))},
		{"VAST 1, trackers with the video", strings.NewReplacer("<Creatives><Creative><Linear>", "<Video>", "</Linear></Creative></Creatives>", "</Video>").Replace(inURL.Replace(newest))},
		{"DAAST", strings.NewReplacer("<VAST version=\"4.2\"", `<DAAST version="1.0"`, "</VAST>", "</DAAST>", "VideoClicks>", "AudioInteractions>").Replace(newest)},
		{"version 1.0", strings.Replace(newest, "4.2", "1.0", 1)},
		{"other cases", strings.NewReplacer("InLine>", "Inline>", "MediaFile>", "Mediafile>", "<MediaFile ", "<Mediafile ", "Impression>", "impression>",
			`event="start"`, `Event="Start"`, "type=", "Type=", "bitrate=", "bitRate=").Replace(newest)},
	} {
		doc, err := document.Parse([]byte(tc.document), "")
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		r := (&Unwrapper{}).Unwrap(t.Context(), doc)
		got := fmt.Sprintf("%s%s %+v %d", dump(r), r.Ads[0].Media.Type, r.Ads[0].Media, r.Ads[0].Linear.Duration)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.name, got, want)
		}
	}
	if !strings.Contains(want, "http://i/1 http://i/2") || !strings.Contains(want, "10000000") {
		t.Errorf("read\n%s", want)
	}
}

// TestWrapperSpellings: the tag URI of a wrapper has had other names.
func TestWrapperSpellings(t *testing.T) {
	for _, wrapper := range []string{
		"<VASTAdTagURI>http://r/</VASTAdTagURI>", "<VASTAdTagURL><URL>http://r/</URL></VASTAdTagURL>",
		"<DAASTAdTagURI><![CDATA[ //r/ ]]></DAASTAdTagURI>", "<vastadtaguri>http://r/</vastadtaguri>",
	} {
		doc, err := document.Parse([]byte("<VAST><Ad><Wrapper>"+wrapper+`<TrackingEvents><Tracking event="start"><URL>/t</URL></Tracking></TrackingEvents></Wrapper></Ad></VAST>`), "http://h/")
		if err != nil {
			t.Fatal(err)
		}
		w := doc.Ads[0]
		if w.Wrapper.TagURI != "http://r/" || len(w.Creatives) != 1 || w.Creatives[0].Trackers[0] != (document.Tracker{Event: "start", URL: "http://h/t"}) {
			t.Errorf("%s: %+v, %+v", wrapper, w.Wrapper, w.Creatives)
		}
	}
}

// TestInteractiveOnly: VAST 4 has VPAID and SIMID in an element of their own.
func TestInteractiveOnly(t *testing.T) {
	const only = `<InteractiveCreativeFile type="text/html" apiFramework="SIMID">http://x/</InteractiveCreativeFile>`
	for files, want := range map[string]avail.Reason{only: avail.FrameworkRequired, only + linearAd[12:len(linearAd)-13]: "", "": avail.RenditionMissing} {
		doc, err := document.Parse([]byte(inline("<MediaFiles>"+files+"</MediaFiles>")), "")
		if err != nil {
			t.Fatal(err)
		}
		if ad := (&Unwrapper{}).Unwrap(t.Context(), doc).Ads[0]; ad.Reason != want {
			t.Errorf("%q: %q, want %q", files, ad.Reason, want)
		}
	}
}
