package dash

import (
	"regexp"
	"testing"

	"stitcher/internal/lint/xsd/xsdtest"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/test/corpus"
)

var aPeriod = regexp.MustCompile(`<(\w+:)?Period[\s>]`)

// TestValid: what is written with ads is valid by the schema of MPDs wherever the
// origin's MPD is (law DASH 5).
func TestValid(t *testing.T) {
	schema := xsdtest.MPD(t)
	type written struct {
		name string
		text []byte
	}
	var origins, all []written
	corpus.Each(t, "dash", ".mpd", func(_ *testing.T, name string, src []byte) {
		origins = append(origins, written{name, src})
	})
	texts := func(list []written) (out [][]byte) {
		for _, w := range list {
			out = append(out, w.text)
		}
		return out
	}
	faults, err := schema.Check(t.Context(), texts(origins)...)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range origins {
		if faults[i] != nil {
			continue
		}
		tpl, err := Compile(o.text, presentation.Options{Base: testBase})
		if err != nil {
			continue
		}
		v := tpl.At(1_700_000_000_000_000)
		for _, p := range plans(v) {
			if text := v.Append(nil, p); aPeriod.Match(text) { // else all content is held back
				all = append(all, written{o.name, text})
			}
		}
	}
	if faults, err = schema.Check(t.Context(), texts(all)...); err != nil {
		t.Fatal(err)
	}
	broken := map[string]bool{}
	for i, w := range all {
		if faults[i] != nil && !broken[w.name] {
			broken[w.name] = true
			t.Errorf("%s: %v\n%.4000s", w.name, faults[i], w.text)
		}
	}
	t.Logf("%d MPDs from the valid ones of %d", len(all), len(origins))
}
