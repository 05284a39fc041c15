package vast

import (
	"encoding/json"
	"errors"
	"testing"

	"stitcher/internal/vast/details"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(inline("<Duration>00:00:15.5</Duration><MediaFiles/>")))
	f.Add([]byte(`<VAST><Ad sequence="1"><Wrapper fallbackOnNoAd="no"><VASTAdTagURI><![CDATA[http://x/?a&b]]></VASTAdTagURI><BlockedAdCategories>1</BlockedAdCategories></Wrapper></Ad></VAST>`))
	f.Add([]byte(inline("<Duration>1</Duration><Duration>2</Duration></Linear><Linear><Duration>3</Duration>")))
	f.Add([]byte(`<VAST><Ad><Ad><InLine/></Ad></Ad><Error>&amp;&x;</Error></VAST>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := document.Parse(body, "")
		if err != nil {
			var parse *markup.ParseError
			if !errors.As(err, &parse) {
				t.Fatalf("%v is no ParseError", err)
			}
			return
		}
		for i := range doc.Ads {
			e := &doc.Ads[i]
			if e.Wrapper == nil {
				ad := free().inline(e)
				if ad.Reason == "" && ad.Creative().Key == "" {
					t.Fatal("a usable ad without identity")
				}
				ad.Record()
				shown, err := json.Marshal(ad.Details())
				if err != nil {
					t.Fatal(err)
				}
				// JSON writes a byte as six at most, and names of members.
				if len(shown) > 10*details.MaxDetails {
					t.Fatalf("%d bytes of details", len(shown))
				}
			}
		}
	})
}
