package redact

import (
	"strings"
	"testing"
	"time"

	"stitcher/internal/playback"
)

const (
	tcString  = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA.YAAAAAAAAAAA"
	gppString = "DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN"
)

// watcher is a session whose parameters must not be kept.
func watcher() *playback.Session {
	return &playback.Session{
		ID: "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
		AdsParams: map[string]string{
			"gdpr_consent": tcString, "us_privacy": "1YNN", "custom": gppString, "idfa": "EA7583CD-A667-48BC-B806-42ECB2B48606",
			"email": "jo+x@mail.example", "deviceType": "ipad", "gdpr": "1",
		},
		PlayerParams: map[string]string{"auth-token": "s3cret/token", "cdn": "pdx"},
		Viewer:       playback.Viewer{IP: "203.0.113.77", ForwardedFor: "203.0.113.77, 2001:db8:1:2::3, unknown-hop"},
	}
}

// TestRedact: no consent string, no credential and no full address is kept of a
// request (design §9, field failure B-64), however it got into a text.
func TestRedact(t *testing.T) {
	v := watcher()
	v.Headers = map[string]string{"X-Device-Ip": "198.51.100.99"}
	d := New(v)
	for in, want := range map[string]string{
		"": "", "=": "=", "%3D": "%3D", "%": "%", "%2": "%2", "http://a/?x=1&y": "http://a/?x=1&y",
		// By name, at any depth of encoding.
		"http://a/?gdpr=1&gdpr_consent=abc&x=1":                    "http://a/?gdpr=1&gdpr_consent=REDACTED&x=1",
		"http://a/?GDPR-Consent=abc;x=1":                           "http://a/?GDPR-Consent=REDACTED",
		"http://a/?token=&x=1":                                     "http://a/?token=&x=1",
		"http://a/?my.Access_Token=abc#f":                          "http://a/?my.Access_Token=REDACTED#f",
		"http://a/?sig=abc%26def&x=1":                              "http://a/?sig=REDACTED&x=1",
		"http://a/?p=x%3D1%26us_privacy%3D1YNN%26y%3D2&z=3":        "http://a/?p=x%3D1%26us_privacy%3DREDACTED%26y%3D2&z=3",
		"http://a/?p=x%253D1%2526us_privacy%253D1YNN%2526y%253D2":  "http://a/?p=x%253D1%2526us_privacy%253DREDACTED%2526y%253D2",
		"http://a/?designer=abc&monkey=abc&keyword=abc&bypass=abc": "http://a/?designer=abc&monkey=abc&keyword=abc&bypass=abc",
		"<Impression>http://a/?x=1&amp;gpp=abc</Impression>":       "<Impression>http://a/?x=1&amp;gpp=REDACTED</Impression>",
		`<a href="http://a/?apikey=abc">`:                          `<a href="http://a/?apikey=REDACTED">`,
		"<![CDATA[http://a/?password=abc]]>":                       "<![CDATA[http://a/?password=REDACTED]]>",
		// By looks.
		"http://a/?q=" + strings.Repeat("x", 40):              "http://a/?q=" + strings.Repeat("x", 40),
		"http://a/?q=COvFyGBOvFyGBAbAAAENAPCAAOAAAAAA":        "http://a/?q=REDACTED",
		"http://a/?q=COvFyGBOvFyGBAbAAAENAPCAAOAAAAAA.YAA&x=": "http://a/?q=REDACTED&x=",
		"http://a/?q=DBABMA~abc":                              "http://a/?q=REDACTED",
		"http://a/?q=eyJhbGciOiJIUzI1NiJ9.e30.x":              "http://a/?q=REDACTED",
		"http://a/?q=Creative":                                "http://a/?q=Creative",
		// By what the player said, wherever it is.
		"http://a/" + tcString + "/x":                  "http://a/REDACTED/x",
		"consent " + gppString + ".":                   "consent REDACTED.",
		"http://a/?e=jo%2Bx%40mail.example":            "http://a/?e=REDACTED",
		"http://a/?e=jo%2bx%40mail.example":            "http://a/?e=REDACTED",
		"http://a/s3cret%2Ftoken/":                     "http://a/REDACTED/",
		"id EA7583CD-A667-48BC-B806-42ECB2B48606":      "id REDACTED",
		"http://a/?d=ipad&cdn=pdx":                     "http://a/?d=ipad&cdn=pdx",
		"http://a/?ip=198.51.100.99&x=1":               "http://a/?ip=198.51.100.0&x=1",
		"http://a/?ip=203.0.113.77&x=1":                "http://a/?ip=203.0.113.0&x=1",
		"<IP>203.0.113.77</IP> 2001:db8:1:2::3":        "<IP>203.0.113.0</IP> 2001:db8:1::",
		"http://a/?ip=2001%3Adb8%3A1%3A2%3A%3A3":       "http://a/?ip=2001:db8:1::",
		"http://a/?ip=2001%3adb8%3a1%3a2%3a%3a3&x=1=2": "http://a/?ip=2001:db8:1::&x=1=2",
		"unknown-hop": "REDACTED",
	} {
		if got := d.Answer(in); got != want {
			t.Errorf("%q\nbecame %q\nwant   %q", in, got, want)
		}
	}
}

// TestRedactIsLinear: what an ad server wrote is looked through once, for a
// megabyte of it is looked through before a decision is made. Looking from every
// equals sign to the end took minutes.
func TestRedactIsLinear(t *testing.T) {
	d := New(watcher())
	for _, unit := range []string{"=", "a=", "a%3D", "%3D", "%25%3D", "ab%2525253D", "eyJ=", "DB=", "C=", "eyJ%3D", "DB%3D", "x=eyJ", "%"} {
		text := strings.Repeat(unit, (1<<20)/len(unit))
		begun := time.Now()
		got := d.Answer(text)
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%q took %s", unit, took)
		}
		if unit == "=" && got != text {
			t.Errorf("%q became %.40q", unit, got)
		}
	}
	for in, want := range map[string]string{
		strings.Repeat("x=", 999) + "&sig=abc&y=1":  strings.Repeat("x=", 999) + "&sig=REDACTED&y=1",
		strings.Repeat("x", 999) + "_token=abc&y=1": strings.Repeat("x", 999) + "_token=REDACTED&y=1",
		"p=a%3Db%3Dc%26sig%3Dabc%26y%3D1&sig=abc d": "p=a%3Db%3Dc%26sig%3DREDACTED%26y%3D1&sig=REDACTED d",
		"a=b%3Dc%26d=e&f": "a=b%3Dc%26d=e&f",
		"a=eyJ" + strings.Repeat("x", longestMark) + ".e30.s&b=1":    "a=REDACTED&b=1",
		"a=1&q=" + strings.Repeat("x", 2*longestMark) + "&sig=2#eyJ": "a=1&q=" + strings.Repeat("x", 2*longestMark) + "&sig=REDACTED#eyJ",
	} {
		if got := d.Answer(in); got != want {
			t.Errorf("%.80q\nbecame %.80q\nwant   %.80q", in, got, want)
		}
	}
}

// FuzzRedact: what must not be kept is not, whatever stands around it.
func FuzzRedact(f *testing.F) {
	f.Add("http://a/?x=1&gdpr_consent=", "&y=2")
	f.Add("%25%3D%2526token%253D", "%26")
	f.Add("C", "\xff=")
	f.Fuzz(func(t *testing.T, before, after string) {
		d := New(watcher())
		got := d.Answer(before + tcString + after)
		if strings.Contains(got, tcString) {
			t.Fatalf("%q", got)
		}
		if got := d.Answer(before + "&gdpr_consent=needle-in-hay&" + after); strings.Contains(got, "needle-in-hay") {
			t.Fatalf("%q", got)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	body := strings.Repeat(`<Ad id="a"><InLine><Error>http://e/a</Error><Impression>http://i/a</Impression></InLine></Ad>`, 3)
	body += strings.Repeat("<Tracking>https://t.example/e?a=1&amp;b=2&amp;gdpr_consent=abc</Tracking>\n", 30)
	session := watcher()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		New(session).Answer(body)
	}
}
