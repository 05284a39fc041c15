package dash

import (
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/pin"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/test/corpus"
)

// TestSlide: a Period whose start and media time moved together is published as it was,
// with the offsets of then to the tick, whatever its starts are rounded to, and with its
// events where they were. One that moved alone keeps its media times.
func TestSlide(t *testing.T) {
	period := func(start, video, audio, number, event string) string {
		return pinHead + `<Period start="` + start + `" id="p"><EventStream schemeIdUri="urn:scte:scte35:2013:xml" timescale="1000"><Event presentationTime="` + event + `" id="1"/></EventStream>` +
			`<AdaptationSet contentType="video" mimeType="video/mp4"><SegmentTemplate timescale="90000" duration="180000" media="$Number$.m4s"/><Representation id="v" bandwidth="1000000" codecs="avc1.64001f"><SegmentTemplate startNumber="` + number + `" presentationTimeOffset="` + video + `"/></Representation></AdaptationSet>` +
			`<AdaptationSet contentType="audio" mimeType="audio/mp4"><SegmentTemplate timescale="48000" presentationTimeOffset="` + audio + `" media="$Time$.m4s"><SegmentTimeline><S t="5000000" d="96000" r="9"/></SegmentTimeline></SegmentTemplate><Representation id="a" bandwidth="96000" codecs="mp4a.40.2"/></AdaptationSet></Period></MPD>`
	}
	first := compileText(t, period("PT100.001S", "9000000", "4800013", "50", "3000"))
	_, was := first.Starts()
	for _, c := range []struct{ name, start, video, audio, number, event, want string }{
		// The true start is 104.0005 s.
		{"slid", "PT104S", "9360000", "4992013", "52", "0", `start="PT100.001S" startNumber="50" presentationTimeOffset="9000000" presentationTimeOffset="4800013" presentationTime="4000"`},
		{"moved alone", "PT100.9S", "9000000", "4800013", "50", "0", `start="PT100.001S" startNumber="50" presentationTimeOffset="9000000" presentationTimeOffset="4800013" presentationTime="0"`},
	} {
		text := period(c.start, c.video, c.audio, c.number, c.event)
		origin, starts := compileText(t, text).Starts()
		starts[0].Slid(was[0].At, was[0].Zero)
		out, err := (&pin.Past{Origin: origin, Starts: starts, Offsets: map[string][]pin.Offset{"p": first.Offsets("p")}}).Pin([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range strings.Fields(c.want) {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: no %s in\n%s", c.name, want, out)
			}
		}
		if got, err := Compile(out, presentation.Options{Base: testBase}); err != nil || fmt.Sprint(got.Offsets("p")) != fmt.Sprint(first.Offsets("p")) {
			t.Errorf("%s: offsets %v, want %v: %v", c.name, got.Offsets("p"), first.Offsets("p"), err)
		}
	}
}

// FuzzSlide: whatever the MPD, one whose first Period was published four seconds earlier can
// be read after it was pinned, begins then, and has its media where the origin has it, if
// its media time allows it.
func FuzzSlide(f *testing.F) {
	corpus.Seeds(f, "testdata/*/*.txtar", "origin")
	for _, offset := range []string{"0", "360000", "900000000"} {
		f.Add([]byte(pinHead + `<Period start="PT10S" id="p"><EventStream schemeIdUri="urn:scte:scte35:2013:xml" presentationTimeOffset="5"><Event presentationTime="7"/></EventStream><AdaptationSet contentType="video" mimeType="video/mp4"><SegmentTemplate timescale="90000" presentationTimeOffset="` +
			offset + `" media="$Time$.m4s"><SegmentTimeline><S t="` + offset + `" d="180000" r="9"/></SegmentTimeline></SegmentTemplate><Representation id="v" bandwidth="1"/></AdaptationSet></Period></MPD>`))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		const by = 4_000_000
		tpl, err := Compile(src, presentation.Options{Base: testBase})
		if err != nil || !tpl.Dynamic() {
			return
		}
		origin, starts := tpl.Starts()
		if len(starts) == 0 || starts[0].ID != tpl.Periods[0].ID || starts[0].At < origin+by {
			return
		}
		was := starts[0]
		starts[0].Slid(was.At-by, was.Zero)
		past := pin.Past{Origin: origin, Starts: starts, Offsets: map[string][]pin.Offset{}}
		got, err := pinned(&past, src, presentation.Options{Base: testBase})
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		_, now := got.Starts()
		if now[0].At != was.At-by {
			t.Errorf("it begins at %d, want %d", now[0].At, was.At-by)
		}
		r := tpl.Periods[0].Reference
		if r == nil || r.Address == nil || !r.Address.Timed() || r.Address.Scale() < 1000 || r.Address.Offset() < 5*r.Address.Scale() {
			return
		}
		if off := now[0].Zero - was.Zero; off > 2_000 || off < -2_000 {
			t.Errorf("its media moved by %d\n%s", off, src)
		}
	})
}
