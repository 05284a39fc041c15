package dash

import (
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/presentation"
)

// TestOmit: Representations that no ad can be like are in no output, if others of their kind
// remain in the Period; sets that have no other go with them.
func TestOmit(t *testing.T) {
	set := func(kind string, reps ...string) string {
		text := `<AdaptationSet contentType="` + kind + `" mimeType="` + kind + `/mp4"><SegmentTemplate timescale="1" media="$Time$.m4s"><SegmentTimeline><S t="0" d="2" r="9"/></SegmentTimeline></SegmentTemplate>`
		for _, r := range reps {
			id, codecs, _ := strings.Cut(r, " ")
			text += `<Representation id="` + id + `" bandwidth="1" codecs="` + codecs + `"/>`
		}
		return text + `</AdaptationSet>`
	}
	fit := func(codecs string) bool {
		return strings.HasPrefix(codecs, "avc1") || strings.HasPrefix(codecs, "mp4a")
	}
	for _, c := range []struct{ name, sets, want, omitted string }{
		{"nothing", set("video", "v avc1.64001f") + set("audio", "a mp4a.40.2"), "v a", "[]"},
		{"a set", set("audio", "e ec-3") + set("video", "v avc1.64001f") + set("audio", "a mp4a.40.2"), "v a", "[{e ec-3}]"},
		{"one of a set", set("video", "w av01.0.04M.08", "v avc1.64001f") + set("audio", "a mp4a.40.2"), "v a", "[{w av01.0.04M.08}]"},
		{"all of a kind", set("video", "w av01.0.04M.08") + set("audio", "a mp4a.40.2"), "w a", "[]"},
		{"unknown", set("video", "v ") + set("audio", "a mp4a.40.2", "e ec-3"), "v a", "[{e ec-3}]"},
		{"text", set("video", "v avc1.64001f") + set("audio", "a mp4a.40.2") + set("text", "t stpp"), "v a t", "[]"},
	} {
		tpl, err := Compile([]byte(pinHead+`<Period id="p" start="PT0S">`+c.sets+`</Period><Period id="q" start="PT20S">`+c.sets+`</Period></MPD>`), presentation.Options{Base: testBase, Fit: fit})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		again := compileText(t, string(tpl.At(0).Append(nil, &Plan{})))
		for _, p := range again.Periods {
			var ids []string
			for _, s := range p.Sets {
				for _, r := range s.Reps {
					ids = append(ids, r.Track.ID)
				}
			}
			if got := strings.Join(ids, " "); got != c.want {
				t.Errorf("%s: Period %s has %q, want %q", c.name, p.ID, got, c.want)
			}
		}
		if got := fmt.Sprint(tpl.Omitted()); got != c.omitted {
			t.Errorf("%s: %s are omitted, want %s", c.name, got, c.omitted)
		}
	}
}
