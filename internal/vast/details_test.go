package vast

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"stitcher/internal/vast/details"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// TestDetailsStories reads every story of testdata/details: "first" is the
// response, files named by URL are what it leads to, "want" is what
// client-side reporting gets of the first ad.
func TestDetailsStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/details/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			answers := make(map[string][]byte)
			for _, f := range archive.Files {
				answers[f.Name] = f.Data
			}
			doc, err := document.Parse(answers["first"], "")
			if err != nil {
				t.Fatal(err)
			}
			u := Unwrapper{Fetcher: fetcherFunc(func(_ context.Context, url string) ([]byte, error) { return answers[url], nil })}
			ad := u.Unwrap(t.Context(), doc).Ads[0]
			if ad.Reason != "" {
				t.Fatalf("%s: %v", ad.Reason, ad.Err)
			}
			got, err := json.MarshalIndent(ad.Details(), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			last := len(archive.Files) - 1
			if *update {
				archive.Files[last].Data = got
				golden(t, path, string(txtar.Format(archive)))
				return
			}
			if string(got) != string(answers["want"]) {
				t.Errorf("got:\n%s", got)
			}
		})
	}
}

// TestDetailsBounds: what is kept of an ad is bounded, whatever it is made of,
// and says that something is missing; nothing is cut in half.
func TestDetailsBounds(t *testing.T) {
	for name, part := range map[string]string{
		"trackers":      `<NonLinearAds><TrackingEvents><Tracking event="close">http://t/</Tracking></TrackingEvents></NonLinearAds>`,
		"empty icons":   `<Linear><Icons><Icon/></Icons></Linear>`,
		"companions":    `<CompanionAds><Companion a="b"><HTMLResource>x</HTMLResource></Companion></CompanionAds>`,
		"one long text": `<CompanionAds><Companion><HTMLResource>` + strings.Repeat("x", details.MaxDetails+1) + `</HTMLResource></Companion></CompanionAds>`,
		"extensions":    `<CreativeExtensions><CreativeExtension type="x"><y/></CreativeExtension></CreativeExtensions>`,
	} {
		n := max(1, (markup.MaxBytes-2000)/(len(part)+len("<Creative></Creative>")))
		if name == "one long text" {
			n = 1
		}
		body := strings.Replace(inline(linearAd), "</Creatives>", strings.Repeat("<Creative>"+part+"</Creative>", n)+"</Creatives>", 1)
		doc, err := document.Parse([]byte(body), "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		d := (&Unwrapper{}).Unwrap(t.Context(), doc).Ads[0].Details()
		out, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if !d.Truncated || len(out) > 8*details.MaxDetails || strings.Contains(string(out), strings.Repeat("x", 100)) {
			t.Errorf("%s: truncated=%v, %d bytes", name, d.Truncated, len(out))
		}
	}
}

// TestVPAID: an ad of nothing but executable files is marked and not shown; an
// MP4 beside it is (field failure B-62).
func TestVPAID(t *testing.T) {
	const script = `<MediaFile apiFramework="%s" type="application/javascript">http://m.example/a.js</MediaFile>`
	vpaid := fmt.Sprintf(script, "VPAID")
	for name, tc := range map[string]struct {
		files  string
		marked bool
		media  string
	}{
		"VPAID":             {files: vpaid, marked: true},
		"two of them":       {files: vpaid + fmt.Sprintf(script, "vpaid"), marked: true},
		"VPAID and an MP4":  {files: vpaid + `<MediaFile type="video/mp4">http://m.example/a.mp4</MediaFile>`, media: "http://m.example/a.mp4"},
		"another framework": {files: fmt.Sprintf(script, "FlashVars")},
		"no file":           {},
	} {
		doc, err := document.Parse([]byte(inline("<MediaFiles>"+tc.files+"</MediaFiles>")), "")
		if err != nil {
			t.Fatal(err)
		}
		ad := (&Unwrapper{}).Unwrap(t.Context(), doc).Ads[0]
		if ad.VPAID != tc.marked || ad.Media.URL != tc.media {
			t.Errorf("%s: VPAID %v, %q, %s", name, ad.VPAID, ad.Media.URL, ad.Reason)
		}
		if tc.media == "" && ad.Reason.VAST() != 403 {
			t.Errorf("%s: code %d", name, ad.Reason.VAST())
		}
		if files := ad.Details().Creative.MediaFiles; tc.marked && !files[0].VPAID() {
			t.Errorf("%s: the player gets %+v", name, files)
		}
	}
}
