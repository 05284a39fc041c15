package dash

import (
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/presentation"
)

// TestHostile: malformed and hostile MPDs are refused with a message that says why, or
// are read; neither takes long.
func TestHostile(t *testing.T) {
	mpd := func(attrs, inside string) string {
		return `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" ` + attrs + `>` + inside + `</MPD>`
	}
	dynamic := `type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z"`
	set := func(address string) string {
		return `<AdaptationSet contentType="video"><Representation id="v" bandwidth="1">` + address + `</Representation></AdaptationSet>`
	}
	periods := func(n int, start, address string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `<Period id="%d" start="`+start+`">`+set(address)+`</Period>`, i, i)
		}
		return b.String()
	}
	line := func(attrs, s string) string {
		return mpd(dynamic, `<Period id="p" start="PT0S">`+set(`<SegmentTemplate `+attrs+` media="$Time$"><SegmentTimeline>`+s+`</SegmentTimeline></SegmentTemplate>`)+`</Period>`)
	}
	for _, c := range []struct{ name, src, want string }{
		{"empty", "", "there is no element"},
		{"json", `{"message":"gone > here"}`, "text outside the root element"},
		{"playlist", "#EXTM3U\n", "text outside the root element"},
		{"html", "<html><body></body></html>", "root element is html"},
		{"cut", `<MPD><Period>`, "element Period is not closed"},
		{"crossed", `<MPD><Period></MPD></Period>`, `end tag "MPD" does not close element Period`},
		{"utf-16", "\xff\xfe<\x00M\x00", "UTF-16"},
		{"latin-1", "<MPD x=\"\xe9\"/>", "not in UTF-8"},
		{"entities", `<!DOCTYPE MPD [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><MPD>&b;</MPD>`, "document type declarations are refused"},
		{"external entity", `<!DOCTYPE MPD SYSTEM "file:///etc/passwd"><MPD/>`, "document type declarations are refused"},
		{"undeclared entity", `<MPD a="&b;"/>`, `reference to entity "b"`},
		{"character 0", `<MPD>&#0;</MPD>`, "reference to entity"},
		{"deep", "<MPD>" + strings.Repeat("<a>", 10_000), "nested deeper than"},
		{"many attributes", "<MPD " + func() string {
			var b strings.Builder
			for i := range 1000 {
				fmt.Fprintf(&b, ` a%d=""`, i)
			}
			return b.String()
		}() + "/>", "more than 128 attributes"},
		{"twice", `<MPD a="" a=""/>`, "stands there twice"},
		{"two roots", `<MPD></MPD><MPD/>`, "second root element"},
		{"many elements", "<MPD>" + strings.Repeat("<a/>", 500_001) + "</MPD>", "more than 500000 elements"},
		{"long", strings.Repeat(" ", 16<<20+1), "is longer than"},
		{"no Period", mpd(dynamic, ""), "there is no Period"},
		{"no start time", mpd(`type="dynamic"`, `<Period start="PT0S"/>`), "without availabilityStartTime"},
		{"list MPD", mpd(`type="list"`, `<Period/>`), `MPD@type is "list"`},
		{"negative start", mpd(dynamic, `<Period start="-PT5S"/>`), "not a duration"},
		{"huge start", mpd(dynamic, `<Period start="PT99999999999999999999S"/>`), "not a duration"},
		{"sum of durations", mpd("", strings.Repeat(`<Period duration="P139Y"/>`, 3)), "140 years"},
		{"order", mpd(dynamic, `<Period id="a" start="PT9S"/><Period id="b" start="PT8S"/>`), `starts before Period "a"`},
		{"xlink", mpd(`xmlns:xlink="http://www.w3.org/1999/xlink"`, `<Period xlink:href="http://169.254.169.254/x" xlink:actuate="onLoad"/>`), "not resolved"},
		{"timescale 0", line(`timescale="0"`, `<S t="0" d="1"/>`), "timescale 0"},
		{"timescale of 64 bits", line(`timescale="4294967296"`, `<S t="0" d="1"/>`), "timescale 4294967296"},
		{"t of 64 bits", line("", `<S t="18446744073709551615" d="1"/>`), "exceeds 2^60"},
		{"t negative", line("", `<S t="-5" d="1"/>`), "not an unsigned integer"},
		{"d of 64 bits", line("", `<S t="0" d="9223372036854775807"/>`), "exceeds 2^60"},
		{"r of 64 bits", line("", `<S t="0" d="1" r="9223372036854775807"/>`), "too large"},
		{"r negative", line("", `<S t="0" d="1" r="-2"/>`), "negative, and not -1"},
		{"t + d × r", line(`timescale="90000"`, `<S t="9007199254740991" d="90000" r="100000"/>`), "140 years away"},
		{"sum of d", line("", `<S t="0" d="9007199254740000"/><S d="9007199254740000"/>`), "140 years away"},
		{"far", line("", `<S t="9007199254740000" d="10"/>`), "140 years"},
		{"falls", line("", `<S t="10" d="1"/><S t="5" d="1"/>`), "before the one before it"},
		{"repeats until before", line("", `<S t="10" d="1" r="-1"/><S t="10" d="1"/>`), "is before the one that repeats"},
		{"offset", line(`presentationTimeOffset="9007199254740991"`, `<S t="0" d="1"/>`), "140 years"},
		{"endNumber", mpd(dynamic, `<Period start="PT0S">`+set(`<SegmentTemplate duration="9007199254740991" endNumber="9007199254740991" media="$Number$"/>`)+`</Period>`), "140 years"},
		{"many segments", mpd(`mediaPresentationDuration="P1Y"`, `<Period>`+set(`<SegmentTemplate duration="1" media="$Number$"/>`)+`</Period>`), "more than 50000 segments"},

		{"many SCTE-35 events", mpd(dynamic, `<Period start="PT0S"><EventStream schemeIdUri="urn:scte:scte35:2013:xml">`+strings.Repeat(`<Event presentationTime="1"/>`, 4_001)+`</EventStream>`+set("")+`</Period>`), "more than 4000 SCTE-35 events"},

		// These are read.
		{"many segments in each of many Periods", mpd(dynamic, periods(20, "PT%dS", `<SegmentTemplate timescale="1000000" media="$Time$"><SegmentTimeline><S t="0" d="20" r="49999"/></SegmentTimeline></SegmentTemplate>`)), ""},
		{"many segments in each of many Periods, open", mpd(dynamic, periods(20, "PT%dS", `<SegmentTemplate timescale="1000000" duration="20" media="$Number$"/>`)), ""},
		{"many long files", mpd(`mediaPresentationDuration="P100Y"`, periods(20, "P%dY", "")), ""},
		{"d of 0", line("", `<S t="0" d="0"/><S t="0" d="5"/>`), ""},
		{"many Periods", mpd(dynamic, func() string {
			var b strings.Builder
			for i := range 4000 {
				fmt.Fprintf(&b, `<Period id="%d" start="PT%dS"><BaseURL>https://origin.example/%d/</BaseURL><AdaptationSet contentType="video"><InbandEventStream schemeIdUri="urn:mpeg:dash:event:2012"/></AdaptationSet></Period>`, i, i, i)
			}
			return b.String()
		}()), ""},
		{"a year in seconds", line("", `<S t="0" d="1" r="31536000"/>`), ""},
		{"open since 1970", line("", `<S t="0" d="1" r="-1"/>`), ""},
		{"open since 1800", strings.Replace(line("", `<S t="0" d="1" r="-1"/>`), "2026", "1800", 1), ""},
		{"no timeline", line("", ""), ""},
		{"a file of a century", mpd(`mediaPresentationDuration="P100Y"`, `<Period>`+set("")+`</Period>`), ""},
		{"an event of 64 bits", mpd(dynamic, `<Period start="PT0S"><EventStream schemeIdUri="urn:scte:scte35:2013:xml"><Event presentationTime="9007199254740991" duration="9007199254740991"/></EventStream>`+set("")+`</Period>`), ""},
		{"resolve to zero", mpd(`xmlns:x="http://www.w3.org/1999/xlink"`, `<Period x:href="urn:mpeg:dash:resolve-to-zero:2013"/><Period/>`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tpl, err := Compile([]byte(c.src), presentation.Options{Base: testBase})
			switch {
			case err == nil && c.want != "":
				t.Error("is read")
			case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, want %s", err, c.want)
			case err == nil:
				v := tpl.At(1_800_000_000_000_000)
				if n := len(v.Segments); n > mostSegments+len(tpl.Periods) {
					t.Errorf("%d segments are listed", n)
				}
				for i := range v.Segments[:max(len(v.Segments)-1, 0)] {
					if v.Segments[i+1].Time < v.Segments[i].Time+v.Segments[i].Duration {
						t.Fatalf("segment %d overlaps the next one", i)
					}
				}
				v.Append(nil, &Plan{})
			}
		})
	}
}
