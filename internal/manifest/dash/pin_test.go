package dash

import (
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/pin"
	"stitcher/internal/manifest/dash/presentation"
)

const pinHead = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" timeShiftBufferDepth="PT60S" minimumUpdatePeriod="PT2S" minBufferTime="PT2S">`

// pinPeriodText is a Period with ten segments of two seconds from a media time on.
func pinPeriodText(id, start, offset, from string) string {
	return `<Period id="` + id + `"` + start + `><AdaptationSet contentType="video" mimeType="video/mp4"><SegmentTemplate timescale="1" presentationTimeOffset="` + offset + `" media="$Time$.m4s"><SegmentTimeline><S t="` + from + `" d="2" r="9"/></SegmentTimeline></SegmentTemplate><Representation id="v" bandwidth="1000000" codecs="avc1.64001f"/></AdaptationSet></Period>`
}

func compileText(t *testing.T, text string) *Template {
	t.Helper()
	tpl, err := Compile([]byte(text), presentation.Options{Base: testBase})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return tpl
}

// TestKept: Periods that the origin dropped while the window has them are written before
// those that it still has, as they were, with their starts and the BaseURLs of their MPD.
func TestKept(t *testing.T) {
	earlier := compileText(t, pinHead+`<BaseURL>old/</BaseURL>`+pinPeriodText("a", ` start="PT0S" duration="PT20S"`, "0", "0")+
		pinPeriodText("b", ``, "0", "0")+pinPeriodText("c", ` start="PT40S"`, "0", "0")+`</MPD>`)
	raw := pinHead + "<BaseURL>new/</BaseURL>\n" + pinPeriodText("c", ` start="PT40S"`, "0", "0") + `</MPD>`
	next := compileText(t, raw)
	at, starts := next.Starts()
	for _, c := range []struct {
		after int64
		want  []string
	}{
		{at + 19_000_000, []string{"a", "b"}}, {at + 20_000_000, []string{"b"}}, {at + 40_000_000, nil},
	} {
		if got := earlier.Dropped(starts, c.after); !slices.Equal(got, c.want) {
			t.Errorf("after %d: %q, want %q", c.after-at, got, c.want)
		}
	}
	past := pin.Past{Origin: at, Starts: starts, Kept: earlier.Keep([]string{"b"})}
	merged, err := pinned(&past, []byte(raw), presentation.Options{Base: testBase})
	if err != nil {
		t.Fatal(err)
	}
	text, _ := merged.Source()
	if !strings.Contains(string(text), `<Period start="PT20S" id="b"><BaseURL>old/</BaseURL>`) {
		t.Errorf("%s", text)
	}
	if !merged.Continues(starts) || len(earlier.Dropped(starts, at+20_000_000)) != 1 {
		t.Error("the Period is kept once")
	}
	if got := merged.At(0).Segments[0].Time - at; got != 20_000_000 {
		t.Errorf("the window begins at %d", got)
	}
	// An MPD with other namespaces does not take it.
	raw = strings.Replace(raw, "<MPD", `<MPD xmlns:x="urn:other"`, 1)
	if merged, err = pinned(&past, []byte(raw), presentation.Options{Base: testBase}); err != nil || merged.At(0).Segments[0].Time-at != 40_000_000 {
		t.Errorf("%v", err)
	}
}

// TestRenamed: a Period is published under the id and with the start that it was given
// first, whatever the order of its attributes.
func TestRenamed(t *testing.T) {
	for _, tag := range []string{`<Period id="p" start="PT5S">`, `<Period start='PT5S' id='p'>`, `<Period id="p">`} {
		body := pinHead + tag + `</Period></MPD>`
		out, err := (&pin.Past{Origin: 1_767_225_590_000_000, Starts: []pin.Start{{ID: "p", As: "p~1", At: 1_767_225_605_000_000}}}).Pin([]byte(body))
		if err != nil || !strings.Contains(string(out), "2025-12-31T23:59:50Z") || strings.Count(string(out), "p~1") != 1 || !strings.Contains(string(out), "PT15S") {
			t.Errorf("%s becomes %s, %v", tag, out, err)
		}
	}
}

// TestZero: media that goes on has the same zero, wherever its Period begins; media that
// begins anew has another.
func TestZero(t *testing.T) {
	zero := func(text string) int64 {
		at, starts := compileText(t, pinHead+text+"</MPD>").Starts()
		return (starts[0].Zero - at) / 1_000_000
	}
	counted := strings.NewReplacer(`<SegmentTimeline><S t="0" d="2" r="9"/></SegmentTimeline>`, "", `$Time$.m4s"`, `$Number$.m4s" duration="2" startNumber="11"`)
	for _, c := range []struct {
		text string
		want int64
	}{
		{pinPeriodText("p", ` start="PT30S"`, "0", "0"), 30},
		{pinPeriodText("p", ` start="PT30S"`, "20", "20"), 10},
		{counted.Replace(pinPeriodText("p", ` start="PT30S"`, "0", "0")), 8},
	} {
		if got := zero(c.text); got != c.want {
			t.Errorf("%d, want %d: %s", got, c.want, c.text)
		}
	}
}

// pinned compiles an MPD with what was published of it before.
func pinned(past *pin.Past, body []byte, o presentation.Options) (*Template, error) {
	text, err := past.Pin(body)
	if err != nil {
		return nil, err
	}
	return Compile(text, o)
}
