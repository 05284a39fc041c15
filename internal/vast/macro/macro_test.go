package macro

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/vast/markup"
)

// published is the list of vast4macros/data/macros-data.json, in its order.
const published = `TIMESTAMP CACHEBUSTING CONTENTPLAYHEAD MEDIAPLAYHEAD BREAKPOSITION BLOCKEDADCATEGORIES
ADCATEGORIES ADCOUNT TRANSACTIONID PLACEMENTTYPE ADTYPE UNIVERSALADID BREAKMAXDURATION BREAKMAXADS
BREAKMINADLENGTH BREAKMAXADLENGTH IFA IFATYPE CLIENTUA SERVERUA DEVICEUA SERVERSIDE DEVICEIP LATLONG
DOMAIN PAGEURL APPBUNDLE VASTVERSIONS APIFRAMEWORKS EXTENSIONS VERIFICATIONVENDORS OMIDPARTNER MEDIAMIME
PLAYERCAPABILITIES CLICKTYPE PLAYERSTATE INVENTORYSTATE PLAYERSIZE ADPLAYHEAD ASSETURI CONTENTID
CONTENTURI PODSEQUENCE ADSERVINGID CLICKPOS ERRORCODE REASON LIMITADTRACKING REGULATIONS GDPRCONSENT
STOREID STOREURL PLAYBACKMETHODS CONTENTCAT GPPSTRING GPPSECTIONID DSAREQUIRED DSAPARAMS DSAPUBRENDER`

// TestMacroList: every published macro is replaced, by -1 where nothing is
// known, and no other name is.
func TestMacroList(t *testing.T) {
	names := strings.Fields(published)
	if len(names) != 59 || len(macros) != 59 {
		t.Fatalf("%d published, %d in the table, want 59", len(names), len(macros))
	}
	for _, name := range names {
		if got := Replace("http://a/?m=["+name+"]", &Values{}); strings.Contains(got, name) || got == "http://a/?m=" {
			t.Errorf("[%s] gives %s", name, got)
		}
		if macros[name] != nil {
			continue
		}
		got := Replace("http://a/?m=["+name+"]", &Values{Known: map[string]string{name: "a b,c"}})
		if got != "http://a/?m=a%20b,c" {
			t.Errorf("[%s] of the player gives %s", name, got)
		}
	}
}

func TestReplace(t *testing.T) {
	at := int64(11_355_000)
	v := &Values{
		Now:         time.Date(2016, 1, 17, 8, 15, 7, 127e6, time.FixedZone("", -5*3600)),
		CacheBuster: 9_912_345_678, ErrorCode: 303, ServerSide: ByServer, BreakPosition: 2,
		UniversalAdID: "ad-id.org CNPA0484000H", AdPlayhead: &at, BreakMaxDuration: 30_500_000,
		DeviceIP: "2001:db8::1", ServerUA: "stitcher/1.0 (+https://example.com/x)", AssetURI: "https://m/a.mp4?b=c&d",
		BlockedAdCategories: []string{"IAB1-6", "IAB1-7"},
		Known:               map[string]string{"PLAYERSIZE": "640,360"}, ErrorMessage: "no ad",
	}
	for in, want := range map[string]string{
		"http://a/?t=[TIMESTAMP]":                    "http://a/?t=2016-01-17T08%3A15%3A07.127-05%3A00",
		"http://a/[CACHEBUSTING]/x":                  "http://a/12345678/x",
		"http://a/?%5BCACHEBUSTING%5D":               "http://a/?12345678",
		"http://a/?%5bCACHEBUSTING%5d":               "http://a/?12345678",
		"http://a/?e=[ERRORCODE]&f=[ERRORCODE]":      "http://a/?e=303&f=303",
		"http://a/?c=[ERROR_CODE]&m=[ERROR_MESSAGE]": "http://a/?c=303&m=no%20ad", // VMAP 1.0.1 §2.5
		"http://a/?u=[UNIVERSALADID]":                "http://a/?u=ad-id.org%20CNPA0484000H",
		"http://a/?p=[ADPLAYHEAD]":                   "http://a/?p=00%3A00%3A11.355",
		"http://a/?b=[BREAKMAXDURATION]":             "http://a/?b=30",
		"http://a/?ip=[DEVICEIP]":                    "http://a/?ip=2001%3Adb8%3A%3A1",
		"http://a/?s=[SERVERUA]":                     "http://a/?s=stitcher%2F1.0%20(%2Bhttps%3A%2F%2Fexample.com%2Fx)",
		"http://a/?u=[ASSETURI]":                     "http://a/?u=https%3A%2F%2Fm%2Fa.mp4%3Fb%3Dc%26d",
		"http://a/?c=[BLOCKEDADCATEGORIES]":          "http://a/?c=IAB1-6,IAB1-7",
		"http://a/?z=[PLAYERSIZE]":                   "http://a/?z=640,360",
		"http://a/?s=[SERVERSIDE]":                   "http://a/?s=2",
		// Not known, not listed, not a macro.
		"http://a/?i=[IFA]":                       "http://a/?i=-1",
		"http://a/?i=[MINE]&j=[cachebusting]":     "http://a/?i=[MINE]&j=[cachebusting]",
		"http://a/?i=[[CACHEBUSTING]]":            "http://a/?i=[12345678]",
		"http://a/?i=[CACHEBUSTING":               "http://a/?i=[CACHEBUSTING",
		"http://[2001:db8::1]:80/[BREAKPOSITION]": "http://[2001:db8::1]:80/2",
		"": "",
	} {
		if got := Replace(in, v); got != want {
			t.Errorf("Replace(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Replace("[CACHEBUSTING]", nil); got != "[CACHEBUSTING]" {
		t.Errorf("without values: %q", got)
	}
}

// TestReplaceIsLinear: a megabyte of opening brackets is no work.
func TestReplaceIsLinear(t *testing.T) {
	in := "http://a/?" + strings.Repeat("[", markup.MaxBytes)
	begin := time.Now()
	if got := Replace(in, &Values{}); got != in {
		t.Error("changed")
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestTransactionIDIsStable(t *testing.T) {
	a := TransactionID("s", avail.Key{Epoch: 1, Sequence: 2})
	if b := TransactionID("s", avail.Key{Epoch: 1, Sequence: 2}); a != b || len(a) != 36 {
		t.Errorf("%s and %s", a, b)
	}
	if b := TransactionID("s", avail.Key{Epoch: 1, Sequence: 3}); a == b {
		t.Error("two avails share an id")
	}
}

// TestKnown: consent is passed on as received; who limits tracking has the
// device's id withheld and not unknown (field failure B-64, VAST 4.3 §6.1).
func TestKnown(t *testing.T) {
	const all = "http://a/?[IFA]&[IFATYPE]&[LIMITADTRACKING]&[REGULATIONS]&[GDPRCONSENT]&[GPPSTRING]&[GPPSECTIONID]"
	for name, tc := range map[string]struct {
		parameters map[string]string
		want       string
	}{
		"nothing":          {nil, "http://a/?-1&-1&-1&-1&-1&-1&-1"},
		"a device":         {map[string]string{"ifa": "6D92", "ifa_type": "rida", "lmt": "0"}, "http://a/?6D92&rida&0&-1&-1&-1&-1"},
		"limited tracking": {map[string]string{"ifa": "6D92", "ifa_type": "rida", "lmt": "1"}, "http://a/?-2&-2&1&-1&-1&-1&-1"},
		"limited, no id":   {map[string]string{"lmt": "true"}, "http://a/?-2&-2&true&-1&-1&-1&-1"},
		"consent":          {map[string]string{"gdpr": "1", "gdpr_consent": "COvF", "gpp": "DBAC~x", "gpp_sid": "2,6"}, "http://a/?-1&-1&-1&gdrp&COvF&DBAC~x&2,6"},
		"regulations":      {map[string]string{"gdpr": "1", "coppa": "1"}, "http://a/?-1&-1&-1&coppa,gdrp&-1&-1&-1"},
		"no regulation":    {map[string]string{"gdpr": "0", "coppa": "0"}, "http://a/?-1&-1&-1&-1&-1&-1&-1"},
	} {
		if got := Replace(all, &Values{Known: Known(tc.parameters)}); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func FuzzMacros(f *testing.F) {
	for _, in := range []string{
		"http://a/[TIMESTAMP]?x=%5BASSETURI%5D#[IFA]", "http://[::1]/[[DEVICEIP]]", "http://[DOMAIN]:[PORT]/",
		"//h[DOMAIN]/", "mailto:[DEVICEIP]", "[DEVICEUA]", "a/%5B[ASSETURI]%5D",
		"http://a/?c=[ERROR_CODE]&m=[ERROR_MESSAGE]",
	} {
		f.Add(in, "https://x/ä b,c%zz")
	}
	f.Fuzz(func(t *testing.T, in, value string) {
		if _, err := url.Parse(in); err != nil {
			t.Skip()
		}
		v := &Values{AssetURI: value, ErrorMessage: value, DeviceIP: value, DeviceUA: value, Known: map[string]string{"IFA": value, "DOMAIN": value}}
		if out := Replace(in, v); out != in {
			if _, err := url.Parse(out); err != nil {
				t.Errorf("Replace(%q) = %q: %v", in, out, err)
			}
		}
	})
}
