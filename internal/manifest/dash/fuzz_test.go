package dash

import (
	"bytes"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/presentation"
	"stitcher/test/corpus"
)

// FuzzCompile: what cannot be read is an error, and what can is written as it was but
// for what always goes; the timeline is in order.
func FuzzCompile(f *testing.F) {
	corpus.Seeds(f, "testdata/*/*.txtar", "origin")
	f.Fuzz(func(t *testing.T, src []byte) {
		tpl, err := Compile(src, presentation.Options{Passthrough: true})
		if err != nil {
			return
		}
		v := tpl.At(1_767_225_660_000_000)
		out := v.Append(nil, &Plan{})
		if len(tpl.Body) == len(src) && !bytes.Equal(out, src) && !anyPending(v) {
			t.Errorf("%q is written as\n%q", src, out)
		}
		for i := range v.Segments {
			s := &v.Segments[i]
			if s.Duration <= 0 || i > 0 && s.Time < v.Segments[i-1].Time+v.Segments[i-1].Duration {
				t.Errorf("slice %d: %+v", i, s)
			}
		}
		for i := range tpl.Tracks() {
			tpl.Sample(i, 1_767_225_660_000_000)
		}
		if tpl.Edge(1_767_225_660_000_000) < 0 && v.Sequence > 0 {
			t.Error("the edge is before the first slice")
		}
	})
}

func anyPending(v *View) bool {
	w := writer{v: v, t: v.Template}
	for i := range v.Periods {
		if !v.Periods[i].Early && w.pending(&v.Periods[i], v.Periods[i].From()) {
			return true
		}
	}
	return false
}

// FuzzAppend: whatever the plan, what is written is well-formed and can be read again,
// and is the same when it is compressed.
func FuzzAppend(f *testing.F) {
	corpus.Seeds(f, "testdata/*/*.txtar", "origin")
	f.Fuzz(func(t *testing.T, src []byte) {
		tpl, err := Compile(src, presentation.Options{Base: testBase, Query: "a=1&b=$2", ContentFrom: "https://origin.example/", ContentTo: "https://cdn.example/"})
		if err != nil {
			return
		}
		v := tpl.At(1_767_225_660_000_000)
		var g Gzip
		for i, p := range plans(v) {
			out := v.Append(nil, p)
			if _, err := Compile(out, presentation.Options{Base: testBase}); err != nil && !strings.Contains(err.Error(), "no Period") && !strings.Contains(err.Error(), "starts before") && !strings.Contains(err.Error(), "more than") {
				t.Fatalf("plan %d: %v\n%s", i, err, out)
			}
			if !bytes.Equal(inflate(t, g.Append(nil, v, p)), out) {
				t.Fatalf("plan %d inflates to something else", i)
			}
		}
	})
}
