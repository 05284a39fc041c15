package ledger

import (
	"testing"
	"time"

	"stitcher/internal/origin"
)

// TestGrown: an avail remembers since when players have had nothing new, which
// is when what stands before it was first seen.
func TestGrown(t *testing.T) {
	const sec = time.Second
	for _, c := range []struct {
		name  string
		steps []string // one every five seconds, the last shows the avail
		want  time.Duration
	}{
		{"the first playlist", []string{"100@0 4 4 4o20"}, -1},
		{"the next segment", []string{"100@0 4 4", "100@0 4 4 4o20"}, 0},
		{"the segment after a pause", []string{"100@0 4 4", "100@0 4 4", "100@0 4 4 4o20"}, 0},
		{"with content before it", []string{"100@0 4 4", "100@0 4 4 4 4o20"}, 5 * sec},
		{"late, on a segment that was there", []string{"100@0 4 4", "100@0 4 4 4", "100@0 4 4 4o20 4"}, 5 * sec},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStream(t, newMemory())
			for i, text := range c.steps {
				if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, text), epochStart.Add(time.Duration(i)*5*sec)); err != nil {
					t.Fatal(err)
				}
			}
			spans := s.Spans(0)
			if len(spans) != 1 {
				t.Fatalf("%d avails", len(spans))
			}
			want := int64(0)
			if c.want >= 0 {
				want = epochStart.Add(c.want).UnixMicro()
			}
			if got := spans[0].Grown; got != want {
				t.Errorf("%v after the start, want %v", time.Duration(got-epochStart.UnixMicro())*time.Microsecond, c.want)
			}
		})
	}
}
