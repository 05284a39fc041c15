package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestPutGetDelete(t *testing.T) {
	f := newFixture(t)
	const body = `{"Name":"news","VideoContentSourceUrl":"http://origin.example/","AdDecisionServerUrl":"http://ads.example/v?a=1&b=[session.id]",
		"Future":{"Deep":[1.50,{"x":null}]},"DashConfiguration":{"FutureToo":12345678901234567890},"tags":{"k":"v"}}`
	put := f.want(t, 200, "", "PUT", "/playbackConfiguration", body)
	got := f.want(t, 200, "", "GET", "/playbackConfiguration/news", "")
	if !reflect.DeepEqual(put.json, got.json) {
		t.Errorf("put answered %s, get %s", put.text, got.text)
	}
	for path, want := range map[string]any{
		"Name":                                     "news",
		"CdnConfiguration":                         map[string]any{},
		"DashConfiguration.MpdLocation":            "EMT_DEFAULT",
		"DashConfiguration.OriginManifestType":     "MULTI_PERIOD",
		"DashConfiguration.ManifestEndpointPrefix": "http://127.0.0.1:8080/v1/dash/" + account.Hash() + "/news/",
		"HlsConfiguration.ManifestEndpointPrefix":  "http://127.0.0.1:8080/v1/master/" + account.Hash() + "/news/",
		"SessionInitializationEndpointPrefix":      "http://127.0.0.1:8080/v1/session/" + account.Hash() + "/news/",
		"PlaybackEndpointPrefix":                   "http://127.0.0.1:8080",
		"PlaybackConfigurationArn":                 "arn:aws:mediatailor:us-east-1:123456789012:playbackConfiguration/news",
		"LogConfiguration.PercentEnabled":          0.0,
		"tags":                                     map[string]any{"k": "v"},
	} {
		if v := got.at(path); !reflect.DeepEqual(v, want) {
			t.Errorf("%s is %v, want %v", path, v, want)
		}
	}
	// Unknown members come back to the byte.
	for _, want := range []string{`"Deep":[1.50,{"x":null}]`, `"FutureToo":12345678901234567890`, `a=1&b=[session.id]`} {
		if !strings.Contains(got.text, want) {
			t.Errorf("%s is not in %s", want, got.text)
		}
	}
	// Put replaces: what is left out is reset.
	again := f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"news"}`)
	if again.at("VideoContentSourceUrl") != nil || again.at("Future") != nil {
		t.Errorf("members outlive their replacement: %s", again.text)
	}
	// What Get shows can be put.
	f.want(t, 200, "", "PUT", "/playbackConfiguration", got.text)
	if back := f.want(t, 200, "", "GET", "/playbackConfiguration/news", ""); !reflect.DeepEqual(back.json, got.json) {
		t.Errorf("what was shown and put again is %s, was %s", back.text, got.text)
	}
	f.want(t, 204, "", "DELETE", "/playbackConfiguration/news", "")
	f.want(t, 404, "NotFoundException", "GET", "/playbackConfiguration/news", "")
	f.want(t, 404, "NotFoundException", "DELETE", "/playbackConfiguration/news", "")
}

// Names are cut from the path as it came: a slash, and a percent sign that looks
// like an escape, are part of them (reference §1.1).
func TestNamesAreDecodedOnce(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"second conf/ü", "a b/c", "50%25", "a%2Fb", "a+b", "a:b@c;d=e,f", "ü", `q"uote`, "tom&jerry", "a?b#c"} {
		f.want(t, 200, "", "PUT", "/playbackConfiguration", fmt.Sprintf("{%q:%q}", "Name", name))
		for _, label := range []string{url.PathEscape(name), everyByte(name)} {
			got := f.want(t, 200, "", "GET", "/playbackConfiguration/"+label, "")
			if got.at("Name") != name {
				t.Errorf("%s finds %v, want %s", label, got.at("Name"), name)
			}
			arn := account.ARN(name)
			f.want(t, 204, "", "POST", "/tags/"+everyByte(arn), `{"tags":{"a":"b"}}`)
			f.want(t, 200, "", "GET", "/tags/"+url.PathEscape(arn), "")
		}
		f.want(t, 204, "", "DELETE", "/playbackConfiguration/"+url.PathEscape(name), "")
	}
}

// everyByte is s with every byte percent-encoded.
func everyByte(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

func TestList(t *testing.T) {
	f := newFixture(t)
	if got := f.want(t, 200, "", "GET", "/playbackConfigurations", ""); got.text != `{"Items":[]}` {
		t.Errorf("the empty list is %s", got.text)
	}
	for _, name := range []string{"b", "c/ü", "a"} {
		f.want(t, 200, "", "PUT", "/playbackConfiguration", fmt.Sprintf("{%q:%q}", "Name", name))
	}
	var names []string
	token := ""
	for range 5 {
		got := f.want(t, 200, "", "GET", "/playbackConfigurations?MaxResults=1&NextToken="+url.QueryEscape(token), "")
		items, _ := got.at("Items").([]any)
		for _, item := range items {
			names = append(names, item.(map[string]any)["Name"].(string))
		}
		var more bool
		if token, more = got.at("NextToken").(string); !more {
			break
		}
	}
	if got := strings.Join(names, " "); got != "a b c/ü" {
		t.Errorf("the pages hold %s", got)
	}
	for _, query := range []string{"MaxResults=0", "MaxResults=101", "MaxResults=x", "NextToken=x", "NextToken=%00"} {
		f.want(t, 400, "BadRequestException", "GET", "/playbackConfigurations?"+query, "")
	}
}

func TestTagsAndLogs(t *testing.T) {
	f := newFixture(t)
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"news","tags":{"a":"1"}}`)
	tags := "/tags/" + everyByte(account.ARN("news"))
	f.want(t, 204, "", "POST", tags, `{"tags":{"b":"2","c":"3"}}`)
	if got := f.want(t, 200, "", "GET", tags, ""); got.text != `{"tags":{"a":"1","b":"2","c":"3"}}` {
		t.Errorf("tags %s", got.text)
	}
	f.want(t, 204, "", "DELETE", tags+"?tagKeys=a&tagKeys=c&tagKeys=none", "")
	if got := f.want(t, 200, "", "GET", tags, ""); got.text != `{"tags":{"b":"2"}}` {
		t.Errorf("tags %s", got.text)
	}
	f.want(t, 400, "BadRequestException", "DELETE", tags, "")
	f.want(t, 400, "BadRequestException", "POST", tags, `{}`)
	f.want(t, 400, "BadRequestException", "GET", "/tags/"+everyByte("arn:aws:s3:::bucket"), "")
	f.want(t, 404, "NotFoundException", "GET", "/tags/"+everyByte(account.ARN("nope")), "")

	logs := f.want(t, 200, "", "PUT", "/configureLogs/playbackConfiguration", `{"PercentEnabled":50,"PlaybackConfigurationName":"news"}`)
	if logs.at("PercentEnabled") != 50.0 || logs.at("PlaybackConfigurationName") != "news" {
		t.Errorf("log settings %s", logs.text)
	}
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"news"}`)
	if got := f.want(t, 200, "", "GET", "/playbackConfiguration/news", ""); got.at("LogConfiguration.PercentEnabled") != 50.0 {
		t.Errorf("log settings end with a replacement: %s", got.text)
	}
	f.want(t, 404, "NotFoundException", "PUT", "/configureLogs/playbackConfiguration", `{"PercentEnabled":50,"PlaybackConfigurationName":"nope"}`)
	bad := f.want(t, 400, "BadRequestException", "PUT", "/configureLogs/playbackConfiguration", `{"PercentEnabled":101}`)
	for _, want := range []string{"PercentEnabled must be between 0 and 100", "PlaybackConfigurationName is required"} {
		if !strings.Contains(bad.message(), want) {
			t.Errorf("%q is not in %q", want, bad.message())
		}
	}
}

func TestBadRequests(t *testing.T) {
	f := newFixture(t)
	bad := f.want(t, 400, "BadRequestException", "PUT", "/playbackConfiguration",
		`{"AdsPersonalizationTimeouts":{"AdsRequestTimeoutMilliseconds":7},"SlateAdUrl":5,"InsertionMode":"x"}`)
	for _, want := range []string{
		"AdsPersonalizationTimeouts.AdsRequestTimeoutMilliseconds must be between 250 and 6000",
		"SlateAdUrl must be a string", "InsertionMode must be one of", "Name is required",
	} {
		if !strings.Contains(bad.message(), want) {
			t.Errorf("%q is not in %q", want, bad.message())
		}
	}
	for _, body := range []string{"", "null", "[]", "x", `{"Name":"a"`, `{"Name":"a"} {}`, "{\"Name\":\"\xff\"}", strings.Repeat("[", 100_000)} {
		f.want(t, 400, "BadRequestException", "PUT", "/playbackConfiguration", body)
	}
	huge := `{"Name":"` + strings.Repeat("x", maxBody) + `"}`
	f.want(t, 413, "RequestEntityTooLargeException", "PUT", "/playbackConfiguration", huge)
	for _, c := range [][2]string{
		{"GET", "/"}, {"GET", "/channels"}, {"PUT", "/nope"}, {"GET", "/playbackConfiguration/"}, {"GET", "/playbackConfiguration/a/b"},
		{"GET", "/debug/pprof/cmdline"},
	} {
		if a := f.do(t, c[0], c[1], ""); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %d, want 404", c[0], c[1], a.StatusCode)
		}
	}
	f.want(t, 404, "UnknownOperationException", "GET", "/channels", "")
	for _, c := range [][3]string{
		{"POST", "/playbackConfiguration", "PUT"}, {"PATCH", "/playbackConfiguration/x", "DELETE, GET, HEAD"},
		{"DELETE", "/metrics", "GET, HEAD"}, {"OPTIONS", "/playbackConfigurations", "GET, HEAD"},
	} {
		a := f.want(t, http.StatusMethodNotAllowed, "MethodNotAllowedException", c[0], c[1], "")
		if a.Header.Get("Allow") != c[2] {
			t.Errorf("%s %s: Allow is %q, want %q", c[0], c[1], a.Header.Get("Allow"), c[2])
		}
	}
	// A method that Echo has never heard of.
	f.want(t, 404, "UnknownOperationException", "BREW", "/pot", "")
}

func TestBrokenStore(t *testing.T) {
	f := newFixture(t)
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"news","SlateAdUrl":"http://a/1"}`)
	f.docs.broken.Store(true)
	a := f.want(t, 500, "InternalFailure", "PUT", "/playbackConfiguration", `{"Name":"news","SlateAdUrl":"http://a/2"}`)
	f.want(t, 500, "InternalFailure", "DELETE", "/playbackConfiguration/news", "")
	if strings.Contains(a.text, "secret-path") {
		t.Errorf("the client learns of the inside: %s", a.text)
	}
	if !strings.Contains(f.log.String(), "level=ERROR") || !strings.Contains(f.log.String(), "disk full") {
		t.Errorf("the log says %s", f.log)
	}
	if got := f.want(t, 200, "", "GET", "/playbackConfiguration/news", ""); got.at("SlateAdUrl") != "http://a/1" {
		t.Errorf("a change that was not stored shows: %s", got.text)
	}
}
