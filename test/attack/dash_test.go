package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const dynamic = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xlink="http://www.w3.org/1999/xlink" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" minimumUpdatePeriod="PT1S" profiles="urn:mpeg:dash:profile:isoff-live:2011">`

// representation is an AdaptationSet of one Representation with an address.
func representation(address string) string {
	return `<AdaptationSet contentType="video" mimeType="video/mp4"><Representation id="v" bandwidth="1000" codecs="avc1.42c00a" width="160" height="90">` + address + `</Representation></AdaptationSet>`
}

// timeline is a dynamic MPD with one Period and entries of a SegmentTimeline.
func timeline(attributes, entries string) string {
	return dynamic + `<Period id="p" start="PT0S">` + representation(`<SegmentTemplate media="$Time$.m4s" initialization="i.mp4" `+attributes+`><SegmentTimeline>`+entries+`</SegmentTimeline></SegmentTemplate>`) + `</Period></MPD>`
}

// periods is a dynamic MPD of n Periods that begin a second apart.
func periods(n int, address string) string {
	var b strings.Builder
	b.WriteString(dynamic)
	for i := range n {
		fmt.Fprintf(&b, `<Period id="%d" start="PT%dS">%s</Period>`, i, i, representation(address))
	}
	b.WriteString("</MPD>")
	return b.String()
}

// TestHostileMPDs: an origin's MPDs that are small and cost much, reach into numbers
// that do not fit, or name what must not be fetched. Each is refused or played; the
// program does not fall, its memory stays bounded, and the viewers of others are served.
func TestHostileMPDs(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	entities := `<!DOCTYPE MPD [<!ENTITY a "` + strings.Repeat("x", 1000) + `">`
	for i := range 20 {
		entities += fmt.Sprintf("<!ENTITY a%d %q>", i+1, strings.Repeat("&a;", 10))
	}
	event := `<Event presentationTime="%d" duration="100000" id="%d"><Signal xmlns="http://www.scte.org/schemas/35/2016"><Binary>/DAlAAAAAAAAAP/wFAUAAAABf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo=</Binary></Signal></Event>`
	var events strings.Builder
	for i := range 9_000 {
		fmt.Fprintf(&events, event, i%7, i)
	}
	hostile := map[string]string{
		"laughs":         entities + "]>" + dynamic + `<Period id="&a20;"/></MPD>`,
		"external":       `<!DOCTYPE MPD SYSTEM "` + w.allowed() + `" [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "` + w.allowed() + `">%y;]>` + dynamic + `<Period>&x;</Period></MPD>`,
		"xlink":          dynamic + `<Period xlink:href="` + w.allowed() + `" xlink:actuate="onLoad"/></MPD>`,
		"location":       dynamic + `<Location>` + w.forms()[0] + `</Location><Period id="p" start="PT0S">` + representation(`<SegmentTemplate media="$Number$.m4s" duration="2"/>`) + `</Period></MPD>`,
		"utctiming":      dynamic + `<Period id="p" start="PT0S">` + representation(`<SegmentTemplate media="$Number$.m4s" duration="2"/>`) + `</Period><UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="` + w.allowed() + `"/></MPD>`,
		"base":           dynamic + `<BaseURL>` + w.forms()[0] + `</BaseURL><Period id="p" start="PT0S">` + representation(`<SegmentTemplate media="$Number$.m4s" initialization="i.mp4" duration="2"/>`) + `</Period></MPD>`,
		"deep":           dynamic + strings.Repeat("<Period>", 100_000),
		"wide":           "<MPD " + strings.Repeat(`a="b" `, 100_000) + "/>",
		"elements":       dynamic + `<Period id="p" start="PT0S">` + strings.Repeat("<a/>", 400_000) + `</Period></MPD>`,
		"entries":        timeline("", strings.Repeat(`<S d="1"/>`, 150_000)),
		"repeat":         timeline("", `<S t="0" d="1" r="999999999999"/>`),
		"periods":        periods(5_000, `<SegmentTemplate media="$Time$" timescale="1000000"><SegmentTimeline><S t="0" d="20" r="49999"/></SegmentTimeline></SegmentTemplate>`),
		"open periods":   periods(5_000, `<SegmentTemplate media="$Number$" timescale="1000000" duration="1"/>`),
		"files":          strings.ReplaceAll(strings.ReplaceAll(periods(130, ""), `start="PT`, `start="P`), `S">`, `Y">`),
		"events":         dynamic + `<Period id="p" start="PT0S"><EventStream schemeIdUri="urn:scte:scte35:2014:xml+bin">` + events.String() + `</EventStream>` + representation(`<SegmentTemplate media="$Number$.m4s" duration="2"/>`) + `</Period></MPD>`,
		"t":              timeline("", `<S t="18446744073709551615" d="2"/>`),
		"t and r":        timeline(`timescale="90000"`, `<S t="9007199254740991" d="90000" r="2000000000"/>`),
		"d":              timeline("", `<S t="0" d="9223372036854775807" r="9223372036854775807"/>`),
		"negative t":     timeline("", `<S t="-9223372036854775808" d="2"/>`),
		"negative r":     timeline("", `<S t="0" d="2" r="-9223372036854775808"/>`),
		"timescale 0":    timeline(`timescale="0"`, `<S t="0" d="2"/>`),
		"timescale":      timeline(`timescale="4294967295"`, `<S t="0" d="1" r="-1"/>`),
		"offset":         timeline(`presentationTimeOffset="9007199254740991"`, `<S t="0" d="2" r="-1"/>`),
		"start number":   dynamic + `<Period id="p" start="PT0S">` + representation(`<SegmentTemplate media="$Number%099999999d$" startNumber="9007199254740991" duration="2"/>`) + `</Period></MPD>`,
		"negative start": strings.Replace(timeline("", `<S t="0" d="2" r="-1"/>`), "PT0S", "-PT99999999S", 1),
		"start":          strings.Replace(timeline("", `<S t="0" d="2" r="-1"/>`), "PT0S", "PT99999999999999999999S", 1),
		"far start":      strings.Replace(timeline("", `<S t="0" d="2" r="-1"/>`), "PT0S", "P139Y", 1),
		"since 1800":     strings.Replace(timeline("", `<S t="0" d="1" r="-1"/>`), "2026", "1800", 1),
		"update":         strings.Replace(timeline("", `<S t="0" d="2" r="-1"/>`), "PT1S", "PT0S", 1),
	}
	before := p.resident(t)
	for name, text := range hostile {
		below := strings.ReplaceAll(name, " ", "-")
		w.put(below+"/index.mpd", text)
		if !p.configure(t, below, w.members(below, "none")) {
			t.Fatal("the configuration is refused")
		}
		url := "http://" + p.viewer + "/v1/dash/0/" + below + "/index.mpd"
		a := do(t, http.MethodGet, url, "")
		if a.status == http.StatusFound {
			a = do(t, http.MethodGet, a.header.Get("Location"), "")
			if again := do(t, http.MethodGet, url, ""); again.status >= 500 && again.status != a.status {
				t.Errorf("%s: %d, and then %d", name, a.status, again.status)
			}
		}
		if a.status == http.StatusInternalServerError {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if strings.Contains(a.body, "root:") {
			t.Errorf("%s: a file of this machine is shown", name)
		}
	}
	if n := w.touched.Load(); n > 0 {
		t.Errorf("the canary was touched %d times", n)
	}
	if grown := p.resident(t) - before; grown > 500e6 {
		t.Errorf("%.0f MB more are resident", grown/1e6)
	}
	p.configure(t, "plain", w.members("", "none"))
	if _, text := p.play(t, "plain", "index.m3u8"); !strings.Contains(text, "content2.ts") {
		t.Errorf("afterwards a viewer gets %.200q", text)
	}
}

// TestDASHPaths: numbers and names in the paths of DASH that nobody was given.
func TestDASHPaths(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	w.put("index.mpd", dynamic+`<Period id="p" start="PT0S">`+representation(`<SegmentTemplate media="$Number$.m4s" initialization="i.mp4" duration="2"/>`)+`</Period></MPD>`)
	for _, name := range []string{"dash", "other"} {
		if !p.configure(t, name, w.members("", "none")) {
			t.Fatal("the configuration is refused")
		}
	}
	a := do(t, http.MethodGet, "http://"+p.viewer+"/v1/dash/0/dash/index.mpd", "")
	_, session, _ := strings.Cut(a.header.Get("Location"), "aws.sessionId=")
	if a.status != http.StatusFound || len(session) != 36 {
		t.Fatalf("a session: %d %q", a.status, a.header.Get("Location"))
	}
	for _, path := range []string{
		"9223372036854775807_0/v0/1.m4s", "-1_0/v0/1.m4s", "0_0/v0/0.m4s", "0_9223372036854775807/v0/1.m4s", "0_0/v0/9223372036854775807.m4s", "0_0/v0/4294967297.m4s",
		"0_0/..%2f..%2fstitcher.db/1.m4s", "0_0/%2e%2e/1.m4s", "0_0/v0/init.mp4%00.exe", "0_0/v0/init.exe", "_/v0/1.m4s", "0_0//1.m4s", "0_0/v0/", "0_0/" + strings.Repeat("v", 4000) + "/1.m4s",
		"1e3_0/v0/1.m4s", "0x1_0/v0/1.m4s", "00_0/v0/1.m4s", "0_0/v0/+1.m4s",
	} {
		for _, configuration := range []string{"dash", "other"} {
			if a := raw(t, p.viewer, "/v1/dashsegment/0/"+configuration+"/"+session+"/"+path); !strings.HasPrefix(a, "HTTP/1.1 4") {
				t.Errorf("/v1/dashsegment/…/%.60s: %.100q", path, a)
			}
		}
	}
	for target, status := range map[string]int{
		"/v1/dash/0/other/index.mpd?aws.sessionId=" + session:                              http.StatusNotFound,
		"/v1/dash/0/dash/index.mpd?aws.sessionId=11111111-2222-4333-8444-555555555555":     http.StatusNotFound,
		"/v1/dash/0/dash/index.mpd?aws.sessionId=../../x":                                  http.StatusBadRequest,
		"/v1/manifest/0/dash/" + session + "/0.m3u8":                                       http.StatusNotFound,
		"/v1/dash/0/dash/index.mpd?manifest.x=%22%3E%3CPeriod%3E&aws.sessionId=" + session: http.StatusOK,
	} {
		a := do(t, http.MethodGet, "http://"+p.viewer+target, "")
		if a.status != status || strings.Contains(a.body, `"><Period>`) {
			t.Errorf("%s: %d %.300s, want %d", target, a.status, a.body, status)
		}
	}
	for _, host := range []string{`x"><Period>`, "x y", "[::1", strings.Repeat("h", 5000)} {
		if a := do(t, http.MethodGet, "http://"+p.viewer+"/v1/dash/0/dash/index.mpd?aws.sessionId="+session, "", "X-Forwarded-Host", host); strings.Contains(a.body, `"><Period>`) || a.status >= 500 {
			t.Errorf("host %.20q: %d %.300s", host, a.status, a.body)
		}
	}
}
