package document

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"stitcher/internal/vast/markup"
)

// withLinear is a document with one linear ad whose parts can be replaced.
func withLinear(linear string) string {
	return `<VAST version="4.2"><Ad id="a"><InLine><AdSystem>s</AdSystem><AdTitle>t</AdTitle>` +
		`<Impression>http://i.example/</Impression><Creatives><Creative id="c"><Linear>` + linear +
		`</Linear></Creative></Creatives></InLine></Ad></VAST>`
}

// TestParseRepairs holds what real ad servers write and the typed model
// refuses, rounds or drops.
func TestParseRepairs(t *testing.T) {
	const file = `<MediaFiles><MediaFile delivery="progressive" type="video/mp4" %s>http://m.example/a.mp4</MediaFile></MediaFiles>`
	media := func(attributes string) string { return strings.Replace(file, "%s", attributes, 1) }
	first := func(d *Document) LinearCreative { return d.Ads[0].Creatives[0] }
	for name, tc := range map[string]struct {
		doc   string
		check func(*Document) bool
	}{
		"exact fraction": {withLinear("<Duration>00:00:15.033333</Duration>"),
			func(d *Document) bool { return first(d).Duration == 15_033_333 }},
		"short fraction": {withLinear("<Duration>00:00:15.5</Duration>"),
			func(d *Document) bool { return first(d).Duration == 15_500_000 }},
		"duration in CDATA": {withLinear("<Duration>\n<![CDATA[ 00:00:30 ]]>\n</Duration>"),
			func(d *Document) bool { return first(d).Duration == 30_000_000 }},
		"over an hour": {withLinear("<Duration>61:00:00</Duration>"),
			func(d *Document) bool { return first(d).Duration == 219_600_000_000 }},
		"two durations": {withLinear("<Duration>00:00:15</Duration><Duration>00:00:20</Duration>"),
			func(d *Document) bool { return first(d).Duration == 15_000_000 }},
		"two linear parts": {withLinear("<Duration>00:00:15</Duration></Linear><Linear><Duration>00:00:20</Duration>"),
			func(d *Document) bool { return first(d).Duration == 15_000_000 }},
		"no duration": {withLinear("<Duration>undefined</Duration>"),
			func(d *Document) bool { return first(d).Duration == 0 }},
		"negative duration": {withLinear("<Duration>-00:00:15</Duration>"),
			func(d *Document) bool { return first(d).Duration == 0 }},
		"self-closing duration": {withLinear("<Duration/>"),
			func(d *Document) bool { return first(d).Duration == 0 }},
		"numbers": {withLinear(media(`width="100%" height="720px" bitrate="1200.5" scalable="yes" maintainAspectRatio="maybe"`)),
			func(d *Document) bool {
				f := first(d).MediaFiles[0]
				return f.Width == 0 && f.Height == 720 && f.Bitrate == 1200
			}},
		"SIMID beside the media file": {withLinear(`<MediaFiles><InteractiveCreativeFile type="text/html" apiFramework="SIMID">http://x/</InteractiveCreativeFile>` + media("")[12:]),
			func(d *Document) bool { return first(d).MediaFiles[0].URL == "http://m.example/a.mp4" }},
		"fractional percentage": {withLinear(`<TrackingEvents><Tracking event="progress" offset="12.5%">http://t/</Tracking></TrackingEvents>`),
			func(d *Document) bool { return first(d).Trackers[0].Offset == "12.5%" }},
		"negative offset": {withLinear(`<TrackingEvents><Tracking event="progress" offset="-00:00:05">http://t/</Tracking></TrackingEvents>`),
			func(d *Document) bool { return first(d).Trackers[0].Offset == "-00:00:05" }},
		"bare ampersands": {withLinear(`<TrackingEvents><Tracking event="start">http://t/?a=1&b=2&amp;c=3&copy;</Tracking></TrackingEvents>`),
			func(d *Document) bool { return first(d).Trackers[0].URL == "http://t/?a=1&b=2&c=3&copy;" }},
		"space around a URL": {withLinear("<TrackingEvents><Tracking event=\" start \">\n <![CDATA[ http://t/ ]]>\n</Tracking></TrackingEvents>"),
			func(d *Document) bool { return first(d).Trackers[0] == Tracker{Event: "start", URL: "http://t/"} }},
		"a wrapped URL": {withLinear("<TrackingEvents><Tracking event=\"start\"><![CDATA[http://t/?a=b\n\t  &c=d e\u00e9]]></Tracking></TrackingEvents>"),
			func(d *Document) bool { return first(d).Trackers[0].URL == "http://t/?a=b%20%20&c=d%20e%C3%A9" }},
		"control characters": {withLinear("<TrackingEvents><Tracking event=\"start\">http://t/\x00\x08</Tracking></TrackingEvents>"),
			func(d *Document) bool { return first(d).Trackers[0].URL == "http://t/" }},
		"references": {withLinear("<TrackingEvents><Tracking event=\"start\">http://t/?&#65;&#x42;&#0;&#;&;&#xD800;</Tracking></TrackingEvents>"),
			func(d *Document) bool { return first(d).Trackers[0].URL == "http://t/?AB&#;&;&#xD800;" }},
		"CDATA in pieces": {withLinear("<TrackingEvents><Tracking event=\"start\"><![CDATA[http://t/]]>?a=<![CDATA[1]]]]><![CDATA[>&amp;]]></Tracking></TrackingEvents>"),
			func(d *Document) bool { return first(d).Trackers[0].URL == "http://t/?a=1]]>&amp;" }},
		"idValue": {strings.Replace(withLinear(""), `<Linear>`, `<UniversalAdId idRegistry="ad-id.org" idValue="A&amp;B"/><Linear>`, 1),
			func(d *Document) bool { return first(d).UniversalIDs[0] == UniversalID{"ad-id.org", "A&B"} }},
		"idValue beside a placeholder": {strings.Replace(withLinear(""), `<Linear>`, `<UniversalAdId idRegistry="r" idValue="V">unknown</UniversalAdId><Linear>`, 1),
			func(d *Document) bool { return first(d).UniversalIDs[0].Value == "V" }},
		"UniversalAdId and Mezzanine as extensions of VAST 2": {strings.Replace(withLinear(""), "<Creatives>",
			`<Extensions><Extension type="other"><y/></Extension><Extension type="UniversalAdId"><UniversalAdId idRegistry="ad-id.org" creativeId="c"> X1 </UniversalAdId></Extension>`+
				`<Extension type="mezzanine"><Mezzanine type="video/mp4" width="100%">http://m/mezz</Mezzanine><CreativeId>c</CreativeId></Extension></Extensions><Creatives>`, 1),
			func(d *Document) bool {
				return first(d).UniversalIDs[0] == UniversalID{"ad-id.org", "X1"} && first(d).Mezzanines[0].URL == "http://m/mezz"
			}},
		"UniversalAdId as an extension of the creative": {strings.Replace(withLinear(""), "<Linear>",
			`<CreativeExtensions><CreativeExtension type="UniversalAdId"><UniversalAdId idRegistry="ad-id.org">X2</UniversalAdId></CreativeExtension></CreativeExtensions><Linear>`, 1),
			func(d *Document) bool { return first(d).UniversalIDs[0].Value == "X2" }},
		"expires": {strings.Replace(withLinear(""), "<AdTitle>", "<Expires>3600.0</Expires><AdTitle>", 1),
			func(d *Document) bool { return d.Ads[0].Expires == 3600 }},
		"sequence": {strings.Replace(withLinear(""), `id="a"`, `id="a" sequence="2.0"`, 1),
			func(d *Document) bool { return d.Ads[0].Sequence == 2 }},
		"prefixes": {strings.NewReplacer("<VAST", `<v:VAST xmlns:v="http://www.iab.com/VAST"`, "</VAST", "</v:VAST").Replace(withLinear("")),
			func(d *Document) bool { return d.Ads[0].ID == "a" }},
		"declaration of XML 1.1": {`<?xml version="1.1"?>` + withLinear(""),
			func(d *Document) bool { return len(d.Ads) == 1 }},
		"text after the end": {withLinear("") + "<script>x", func(d *Document) bool { return len(d.Ads) == 1 }},
		"placeholder impression": {strings.Replace(withLinear(""), "http://i.example/", "about:blank", 1),
			func(d *Document) bool { return len(d.Ads[0].Impressions) == 0 }},
		"nothing":       {" \n", func(d *Document) bool { return len(d.Ads) == 0 }},
		"an empty VAST": {`<VAST version="3.0"/>`, func(d *Document) bool { return len(d.Ads) == 0 && d.Version == "3.0" }},
		"no ad": {`<VAST version="3.0"><Error><![CDATA[http://e/]]></Error></VAST>`,
			func(d *Document) bool { return len(d.Errors) == 1 && d.Errors[0] == "http://e/" }},
		"blocked categories": {`<VAST version="4.2"><Ad><Wrapper><BlockedAdCategories authority="iabtechlab.com">1,IAB2-3</BlockedAdCategories><VASTAdTagURI>http://x/</VASTAdTagURI></Wrapper></Ad></VAST>`,
			func(d *Document) bool {
				b := d.Ads[0].Wrapper.Blocked
				return len(b) == 2 && b[1] == Category{"iabtechlab.com", "IAB2-3"}
			}},
		"blocked categories on lines": {"<VAST version=\"4.2\"><Ad><Wrapper><BlockedAdCategories>\n\t<![CDATA[IAB1]]>,\n\tIAB2-3\r\n IAB9</BlockedAdCategories><VASTAdTagURI>http://x/</VASTAdTagURI></Wrapper></Ad></VAST>",
			func(d *Document) bool {
				b := d.Ads[0].Wrapper.Blocked
				return len(b) == 3 && b[0].Code == "IAB1" && b[1].Code == "IAB2-3" && b[2].Code == "IAB9"
			}},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := Parse([]byte(tc.doc), "")
			if err != nil {
				t.Fatal(err)
			}
			if !tc.check(doc) {
				t.Errorf("got %+v", doc)
			}
		})
	}
}

// TestParseCharsets reads one text in every encoding that ad servers use, also
// where the declaration is wrong.
func TestParseCharsets(t *testing.T) {
	const title = "Café für Kinder"
	doc := func(declared string) string {
		return `<?xml version="1.0" encoding="` + declared + `"?>` + strings.Replace(withLinear(""), "<AdTitle>t", "<AdTitle>"+title, 1)
	}
	encode := func(e interface {
		Bytes([]byte) ([]byte, error)
	}, text string) []byte {
		b, err := e.Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	latin := charmap.ISO8859_1.NewEncoder()
	for name, body := range map[string][]byte{
		"UTF-8":                 []byte(doc("utf-8")),
		"UTF-8 with mark":       []byte("\xef\xbb\xbf" + doc("UTF-8")),
		"ISO-8859-1":            encode(latin, doc("ISO-8859-1")),
		"windows-1252":          encode(latin, doc("windows-1252")),
		"Latin in UTF-8's name": encode(latin, doc("utf-8")),
		"UTF-16":                encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), doc("UTF-16")),
	} {
		parsed, err := Parse(body, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := parsed.Ads[0].Title; got != title {
			t.Errorf("%s: title %q", name, got)
		}
	}
}

// TestParseRefuses holds what is no VAST, with the code that says so.
func TestParseRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		doc  string
		code int
	}{
		"HTML":             {`<html><body>404</body></html>`, 101},
		"VMAP":             {`<vmap:VMAP xmlns:vmap="http://www.iab.net/videosuite/vmap" version="1.0"/>`, 101},
		"text":             {`no ads today`, 100},
		"cut short":        {withLinear("")[:60], 100},
		"cut in a tag":     {`<VAST version="3.0`, 100},
		"crossed tags":     {`<VAST><Ad></VAST></Ad>`, 100},
		"entity bomb":      {`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><VAST><Error>&b;</Error></VAST>`, 100},
		"external entity":  {`<!DOCTYPE x SYSTEM "file:///etc/passwd"><VAST/>`, 100},
		"unquoted":         {`<VAST version=3.0/>`, 100},
		"bare attribute":   {`<VAST version/>`, 100},
		"too deep":         {"<VAST>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</VAST>", 100},
		"too long":         {"<VAST>" + strings.Repeat(" ", markup.MaxBytes) + "</VAST>", 100},
		"open CDATA":       {"<VAST><![CDATA[", 100},
		"nothing but a PI": {"<?xml version=\"1.0\"?>", 100},
	} {
		_, err := Parse([]byte(tc.doc), "")
		var parse *markup.ParseError
		if !errors.As(err, &parse) || parse.Code != tc.code {
			t.Errorf("%s: %v, want code %d", name, err, tc.code)
		}
		if errors.Is(err, ErrVMAP) != (name == "VMAP") {
			t.Errorf("%s: ErrVMAP is %v", name, errors.Is(err, ErrVMAP))
		}
	}
}

// TestRawIsTheElement: client-side reporting gets the ad as it came.
func TestRawIsTheElement(t *testing.T) {
	const ad = `<Ad id="1"><InLine><!-- kept --><Extensions><Extension a="b"><x:y/></Extension></Extensions></InLine></Ad>`
	doc, err := Parse([]byte(`<VAST version="3.0">`+ad+`<Ad id="2"/></VAST>`), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(doc.Ads[0].Raw); got != ad {
		t.Errorf("raw is %s", got)
	}
	if got := string(doc.Ads[1].Raw); got != `<Ad id="2"/>` {
		t.Errorf("raw is %s", got)
	}
}
