package variable

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/avail"
)

func TestExpandURL(t *testing.T) {
	r := source()
	r.Session.Viewer.Referer = "https://site.example/a?b=c%20&d"
	r.Session.AdsParams = map[string]string{
		"gender": "f", "list": "a,b;c", "nested.name": "x", "evil": "&admin=1#[session.id]", "host": "evil.example",
		"blank": "a b+c", "slash": "a/b", "encoded": "a%3Ab%2fc&d", "percent": "100% %zz %4", "umlaut": "ü", "bytes": "\xff\r\n",
	}
	for in, want := range map[string]string{
		// By position: a value is one element of a path, or one word of a query.
		"http://a/[player_params.gender]/[player_params.list]":          "http://a/f/a%2Cb%3Bc",
		"http://a/[player_params.blank]?[player_params.blank]":          "http://a/a%20b+c?a%20b%2Bc",
		"http://a/[player_params.slash]?x=[player_params.slash]":        "http://a/a%2Fb?x=a%2Fb",
		"http://a/[player_params.umlaut]?x=[player_params.umlaut]":      "http://a/%C3%BC?x=%C3%BC",
		"http://a/x[player_params.bytes]":                               "http://a/x%FF%0D%0A",
		"http://a/?[player_params.gender]=1":                            "http://a/?f=1",
		"http://a/?x=[player_params.nested.name][player_params.gender]": "http://a/?x=xf",
		"http://a?x=[player_params.gender]":                             "http://a?x=f",
		// What a player encoded for the ad server is not encoded again; what
		// others say is a value and nothing else.
		"http://a/[player_params.encoded]?x=[player_params.encoded]": "http://a/a%3Ab%2fc&d?x=a%3Ab%2fc%26d",
		"http://a/?x=[player_params.percent]":                        "http://a/?x=100%25%20%25zz%20%254",
		"http://a/?x=[session.referer]":                              "http://a/?x=https%3A%2F%2Fsite.example%2Fa%3Fb%3Dc%2520%26d",
		// Values are data: they can add neither parameters nor variables.
		"http://a/?x=[player_params.evil]": "http://a/?x=%26admin%3D1%23%5Bsession.id%5D",
		// Unresolved is empty, what is no variable stays.
		"http://a/?x=[player_params.nobody]&y=[scte.avail_num]&z=[session.nothing]": "http://a/?x=&y=&z=",
		"http://a/?x=[other]&y=[":                   "http://a/?x=[other]&y=[",
		"http://a/?x={{session.id}}":                "http://a/?x={{session.id}}",
		"http://a/?x=[[session.id]]":                "http://a/?x=[42]",
		"http://[2001:db8::1]:8080/?x=[session.id]": "http://[2001:db8::1]:8080/?x=42",
		// A template's own steps are its own.
		"http://a/x/../[player_params.gender]": "http://a/x/../f",
	} {
		v := &Values{Source: &r}
		if got, err := v.URL(in); got != want || err != nil {
			t.Errorf("%q became %q, %v; want %q", in, got, err, want)
		}
	}
}

// TestExpandURLRefuses: values choose neither where a request goes nor a place
// above the path that the operator wrote.
func TestExpandURLRefuses(t *testing.T) {
	r := source()
	r.Session.AdsParams = map[string]string{
		"host": "evil.example", "up": "..", "dot": ".", "encoded": "%2e%2E", "far": "x/../../admin", "back": `..\x`,
		"long": strings.Repeat("ü", 25_000),
	}
	for _, in := range []string{
		"http://[player_params.host]/", "http://[player_params.host]", "[player_params.host]", "[player_params.host]/x", "file:///etc/passwd", "http:///x", "",
		"http://a:[player_params.host]/", "http://[player_params.host]:80/", "http://user[player_params.host]@a/",
		"http://a/x/[player_params.up]/y", "http://a/x/[player_params.dot][player_params.dot]/y", "http://a/x/[player_params.encoded]",
		"http://a/x/[player_params.far]", "http://a/x/[player_params.back]", "http://a/?x=[player_params.long]",
	} {
		v := &Values{Source: &r}
		if got, err := v.URL(in); err == nil {
			t.Errorf("%q became %.80q, want an error", in, got)
		}
	}
}

func TestExpandBraces(t *testing.T) {
	r := source()
	r.Session.Viewer.UserAgent = "a\"b\\c\r\nX-Evil: 1\t<&>\x00ü"
	r.Session.AdsParams = map[string]string{"b c": "d", "evil": "{{session.id}}"}
	for in, want := range map[string]struct{ header, json string }{
		"{{session.id}}":                       {"42", "42"},
		"{{ session.id }}":                     {"42", "42"},
		"x{{session.id}}y{{x.y}}":              {"x42y", "x42y"},
		`{"a":{"b":{{avail.index}}}}`:          {`{"a":{"b":3}}`, `{"a":{"b":3}}`},
		`{{{session.id}}}`:                     {"{42}", "{42}"},
		`{"a":{{"b":1}}`:                       {`{"a":{{"b":1}}`, `{"a":{{"b":1}}`},
		"{{player_params.b c}}":                {"d", "d"},
		"{{player_params.evil}}":               {"{{session.id}}", "{{session.id}}"},
		"[session.id]":                         {"[session.id]", "[session.id]"},
		"{{}}{{ }}{{":                          {"{{}}{{ }}{{", "{{}}{{ }}{{"},
		"{{" + strings.Repeat("a", 300) + "}}": {"{{" + strings.Repeat("a", 300) + "}}", "{{" + strings.Repeat("a", 300) + "}}"},
		"{{session.user_agent}}":               {`a"b\c  X-Evil: 1 <&> ü`, `a\"b\\c\r\nX-Evil: 1\t<&>\u0000ü`},
	} {
		v := &Values{Source: &r}
		if got := v.Header(in); got != want.header {
			t.Errorf("header %q became %q, want %q", in, got, want.header)
		}
		if got := string(v.Body(in, true)); got != want.json {
			t.Errorf("body %q became %q, want %q", in, got, want.json)
		}
	}
}

func FuzzExpandURL(f *testing.F) {
	f.Add("http://a/[player_params.x]?y=[scte.event_id]#[asset.x]", "[session.id]&%zz ä")
	f.Add("http://[::1]/[[avail.index]", "]")
	f.Add("http://a/x/[player_params.x]/y", "%2e.")
	f.Fuzz(func(t *testing.T, template, value string) {
		r := source()
		r.Session.AdsParams = map[string]string{"x": value}
		r.Avail = avail.Avail{Cue: value, EventID: value, Assets: map[string]string{"x": value}}
		v := &Values{Source: &r}
		got, err := v.URL(template)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatalf("%q became %q: %v", template, got, err)
		}
		host := func(s string) string { return s[:len(s)-len(afterAuthority(s))] }
		if host(got) != host(template) {
			t.Fatalf("%q went to %q instead of %q", template, u.Host, host(template))
		}
		if brackets.has(got) && !brackets.has(template) {
			t.Fatalf("%q became %q", template, got)
		}
		path, _, _ := strings.Cut(afterAuthority(template), "?")
		if found, _, _ := strings.Cut(afterAuthority(got), "?"); steps(found) && !steps(path) {
			t.Fatalf("%q became %q", template, got)
		}
	})
}

// FuzzExpandBraces: whatever a player says, a header stays one header and a JSON
// document stays the document that the operator wrote.
func FuzzExpandBraces(f *testing.F) {
	f.Add("a {{player_params.x}} {{session.id}", "\r\nX: \"\\ü\x00")
	f.Add("{{{player_params.x}}}}", "\xff{{session.id}}")
	f.Fuzz(func(t *testing.T, template, value string) {
		r := source()
		r.Session.AdsParams = map[string]string{"x": value}
		v := &Values{Source: &r}
		plain := strings.Map(func(c rune) rune {
			if c < ' ' || c == 0x7f {
				return -1
			}
			return c
		}, template)
		if got := v.Header(plain); strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("%q became %q", plain, got)
		}
		h := http.Header{"X-A": {v.Header("{{player_params.x}}")}}
		var wire strings.Builder
		if err := h.Write(&wire); err != nil || strings.Count(wire.String(), "\n") != 1 {
			t.Fatalf("%q is sent as %q", value, wire.String())
		}
		text, err := json.Marshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		document := `{"t":` + string(text) + `,"v":"{{player_params.x}}"}`
		var got struct{ T, V string }
		if err := json.Unmarshal(v.Body(document, true), &got); err != nil {
			t.Fatalf("%s is no JSON with %q: %v", document, value, err)
		}
		if want := strings.ToValidUTF8(value, "\ufffd"); strings.ReplaceAll(got.V, "\ufffd", "") != strings.ReplaceAll(want, "\ufffd", "") {
			t.Fatalf("%q became %q", value, got.V)
		}
	})
}

func BenchmarkExpandURL(b *testing.B) {
	r := listed(jsonCue)
	const template = "https://ads.example/v1/[player_params.deviceType]/vast?sid=[session.id]&uuid=[session.uuid]&ip=[session.client_ip]" +
		"&ua=[session.user_agent]&ref=[session.referer]&d=[session.avail_duration_secs]&i=[avail.index]&cb=[avail.random]" +
		"&t=[avail.source_content_time_epoch_ms]&e=[scte.event_id]&u=[scte.segmentation_upid.assetId]&r=[player_params.region]&c=[asset.CAID]"
	b.ReportAllocs()
	for b.Loop() {
		v := &Values{Source: &r}
		if _, err := v.URL(template); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExpandJSON(b *testing.B) {
	r := listed("")
	const template = `{"id":"{{session.uuid}}","device":{"ua":"{{session.user_agent}}","ip":"{{session.client_ip}}","language":"{{session.accept_language}}"},` +
		`"site":{"ref":"{{session.referer}}"},"imp":[{"id":"{{avail.index}}","video":{"maxduration":{{session.avail_duration_secs}}}}],"user":{"id":"{{player_params.deviceType}}"}}`
	b.ReportAllocs()
	for b.Loop() {
		v := &Values{Source: &r}
		v.Body(template, true)
	}
}
