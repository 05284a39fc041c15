package findings

import (
	"strconv"
	"strings"
	"testing"
)

// TestRecorder: a rule that is broken again at the same place of a rendition is one finding.
func TestRecorder(t *testing.T) {
	var out strings.Builder
	r := NewRecorder(&out)
	r.Say("rendition %d", 0)
	r.Count(func(p *Report) { p.Renditions, p.Polls = 1, 3 })
	late := Finding{Rule: "late", Section: "§1", Detail: "it came late", Place: "at 7", Line: 3, By: Ours}
	r.Add("video", late, late)
	r.Add("audio", late)
	late.Place = "at 8"
	r.Add("video", late, Finding{Rule: "lost", Section: "§2", Detail: "it did not come"})
	got := r.Finish()
	if got.Violations() != 4 || got.Polls != 3 || got.Findings[1].Rendition != "audio" || got.Findings[0].At.IsZero() {
		t.Errorf("%+v", got)
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{
		"rendition 0", "  video  late at 7 (line 3): it came late [§1] by ours", "  audio  late at 7 (line 3): it came late [§1] by ours",
		"  video  late at 8 (line 3): it came late [§1] by ours", "  video  lost: it did not come [§2]",
		"1 renditions, 3 polls, 0 segments (0 fetched), 0 discontinuities, 4 violations", "       3  late", "       1  lost",
	} {
		if !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
}

// TestRecorderIsBounded: what is past the bound is counted.
func TestRecorderIsBounded(t *testing.T) {
	var out strings.Builder
	r := NewRecorder(&out)
	for i := range maxFindings + 5 {
		r.Add("video", Finding{Rule: "late", Place: strconv.Itoa(i)})
	}
	got := r.Finish()
	if len(got.Findings) != maxFindings || got.Dropped != 5 || got.Violations() != maxFindings+5 || !strings.HasSuffix(out.String(), "       5  not listed\n") {
		t.Errorf("%d findings, %d dropped", len(got.Findings), got.Dropped)
	}
}
