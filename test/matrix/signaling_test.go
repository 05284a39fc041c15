package matrix

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// identifier is what a signal tells of an ad.
type identifier struct {
	Scheme      string `json:"scheme"`
	Value       string `json:"value"`
	Position    string `json:"ad_position"`
	Type        string `json:"ad_type"`
	CreativeID  string `json:"creative_id"`
	TrackingURI string `json:"tracking_uri"`
	Custom      string `json:"custom_vast_data"`
}

// signal reads the document of a signal.
func (w *world) signal(text []byte) identifier {
	w.t.Helper()
	var doc struct {
		Version     int
		Identifiers []identifier
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.Version != 1 || len(doc.Identifiers) != 1 {
		w.t.Fatalf("%s: %v", text, err)
	}
	return doc.Identifiers[0]
}

// customData is what the first ad has told of it in manifests.
const customData = `123 & "abc" </script> ]]&gt;`

// adID answers with ads whose UniversalAdId is of ad-id.org.
func adID(rw http.ResponseWriter, _ *http.Request) {
	text := strings.ReplaceAll(vast(2, 5), `idRegistry="m"`, `idRegistry="ad-id.org"`)
	fmt.Fprint(rw, strings.Replace(text, "</Creatives>", `</Creatives><Extensions><Extension type="creative_signaling"><![CDATA[ `+customData+` ]]></Extension></Extensions>`, 1))
}

var dateRange = regexp.MustCompile(`#EXT-X-DATERANGE:ID="(\d+)-(\d+)",CLASS="([^"]+)",START-DATE="([^"]+)",DURATION=5.000,X-AD-CREATIVE-SIGNALING="([^"]+)"`)

// TestSignaling: the ads of a session with aws.adSignalingEnabled are identified in its
// playlists, in the spelling that it asks for, and those of others are not; the playlists
// are made again by a replay.
func TestSignaling(t *testing.T) {
	t.Parallel()
	for query, class := range map[string]string{
		"aws.adSignalingEnabled=true":                              "urn:sva:advertising-wg:ad-id-signaling",
		"aws.adSignalingEnabled=true&aws.adSignalingScheme=svta":   "urn:svta:advertising-wg:ad-id-signaling",
		"aws.adSignalingEnabled=false&aws.adSignalingScheme=other": "",
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.ads.answer = adID
				w.newChannel(video("v0.m3u8").avail(120*sec, 12*sec), audio("a0.m3u8")).serve("origin.example")
				p := w.join("master.m3u8?aws.logMode=DEBUG&aws.reportingMode=CLIENT&" + query)
				ranges := map[string]bool{}
				for w.now() < 70*sec {
					p.poll()
					for i := range p.urls {
						for _, m := range dateRange.FindAllStringSubmatch(p.bodies[i], -1) {
							text, err := base64.StdEncoding.DecodeString(m[5])
							if err != nil {
								t.Fatal(err)
							}
							got := w.signal(text)
							want := identifier{
								Scheme: "urn:smpte:ul:060E2B34.01040101.01200900.00000000", Value: "ad-" + m[2] + "-5", Position: "1030_" + m[2], Type: "avail",
								CreativeID: "c" + m[2], TrackingURI: w.documents(p.id).url,
							}
							if m[2] == "1" {
								want.Custom = customData
							}
							if got != want || m[3] != class {
								t.Errorf("%+v of %s, want %+v", got, m[3], want)
							}
							ranges[fmt.Sprint(i, " ", m[1], " ", m[2], " ", m[4])] = true
						}
					}
					w.until(w.now() + sec)
				}
				if want := map[bool]int{true: 4}[class != ""]; len(ranges) != want {
					t.Errorf("%d ranges, want %d: %v", len(ranges), want, ranges)
				}
				p.wantIdentical()
			})
		})
	}
	play(t, func(t *testing.T, w *world) {
		w.channelWithAvail()
		for _, query := range []string{"aws.adSignalingEnabled=yes", "aws.adSignalingEnabled=true&aws.adSignalingScheme=other"} {
			if a := w.get("http://viewer.example/v1/master/" + w.hash + "/" + configuration + "/master.m3u8?" + query); a.Code != http.StatusBadRequest {
				t.Errorf("%s: %d %s", query, a.Code, a.Body)
			}
		}
	})
}

// TestSignalingOfMPDs: the Period of each ad has an event that identifies it.
func TestSignalingOfMPDs(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.ads.answer = adID
		c := w.newDASH(byTime, eventForms()[2])
		c.avail(130*sec, 12*sec)
		p := c.open("?aws.logMode=DEBUG&aws.adSignalingEnabled=true")
		var told []string
		for w.now() < 80*sec {
			p.poll()
			var m struct {
				Period []struct {
					ID          string `xml:"id,attr"`
					EventStream []struct {
						Scheme string `xml:"schemeIdUri,attr"`
						Scale  int64  `xml:"timescale,attr"`
						Event  []struct {
							Time     int64  `xml:"presentationTime,attr"`
							Duration int64  `xml:"duration,attr"`
							Text     string `xml:",chardata"`
						}
					}
				}
			}
			if err := xml.Unmarshal([]byte(p.body), &m); err != nil {
				t.Fatal(err)
			}
			for _, period := range m.Period {
				for _, s := range period.EventStream {
					if s.Scheme != "urn:sva:advertising-wg:ad-id-signaling" {
						continue
					}
					if len(s.Event) != 1 || s.Event[0].Time != 0 || s.Event[0].Duration != 5*s.Scale {
						t.Fatalf("%+v", s)
					}
					if x := w.signal([]byte(s.Event[0].Text)); !slices.Contains(told, x.Value) {
						told = append(told, x.Value)
						if x.Position != period.ID || x.TrackingURI != "" {
							t.Errorf("%+v in Period %s", x, period.ID)
						}
					}
				}
			}
			w.until(w.now() + 2*sec)
		}
		if !slices.Equal(told, []string{"ad-1-5", "ad-2-5"}) {
			t.Errorf("the ads %v are told", told)
		}
		p.report()
		w.wantReplayed(p.id, p.body)
	})
}
