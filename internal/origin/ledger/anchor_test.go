package ledger

import (
	"testing"
	"time"

	"stitcher/internal/origin"
)

// placed is a reference and an audio playlist at one moment, and what is known
// of the audio after it.
type placed struct {
	video, audio string
	placed       bool
	// last is where the last segment of the audio begins, in seconds after the
	// reference's first, if it is placed.
	last float64
	maps bool // whether an avail after the edge could be filled
}

// TestAlign: undated audio with segments of its own is placed by its own
// markers, once two of them agree.
func TestAlign(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []placed
	}{
		{
			name: "start and end agree",
			steps: []placed{
				{video: "100 4 4 4 4 4", audio: "7 3 3 3 3 3 3"},
				{video: "102 4 4 4 4o 4", audio: "9 3 3 3 3 4 4o 3"},
				{video: "105 4o 4 4i 4 4", audio: "14 4o 3 5i 3 3 3", placed: true, last: 39, maps: true},
				{video: "106 4 4i 4 4 4", audio: "16 5i 3 3 3 3", placed: true, last: 42, maps: true},
			},
		},
		{
			// A marker that is seen again is no second witness.
			name: "one marker alone",
			steps: []placed{
				{video: "100 4 4 4 4o 4", audio: "7 3 3 3 3 3 3o8"},
				{video: "101 4 4 4o 4 4", audio: "9 3 3 3 3o 3 3"},
				{video: "102 4 4o 4 4 4", audio: "10 3 3 3o 3 3 3"},
			},
		},
		{
			name: "markers of other avails",
			steps: []placed{
				{video: "100 4 4 4o8#a 4 4i 4", audio: "7 3 3 3 3o12#b 3 3 3 3 3"},
			},
		},
		{
			name: "no markers",
			steps: []placed{
				{video: "100 4 4 4o 4 4i 4", audio: "7 3 3 3 3 3 3 3 3"},
				{video: "102 4o 4 4i 4 4 4", audio: "9 3 3 3 3 3 3 3 3"},
			},
		},
		{
			// Nobody asked for the audio in between: an estimate again.
			name: "segments went by unseen",
			steps: []placed{
				{video: "100 4 4 4 4o 4 4i 4", audio: "7 3 3 3 3 4o 4 4i 3", placed: true, last: 24, maps: true},
				{video: "101 4 4 4o 4 4i 4 4 4 4 4 4 4 4 4 4 4", audio: "90 3 3 3", placed: true, last: 73},
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			s := openStream(t, m)
			var zero int64
			for i, p := range c.steps {
				now := epochStart.Add(time.Duration(i) * 10 * time.Second)
				ref, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, p.video), now)
				if err != nil {
					t.Fatal(err)
				}
				if zero == 0 {
					zero = ref.Start()
				}
				// Twice: what was concluded stays so in another process.
				for n := range 2 {
					v, err := s.Accept(t.Context(), "a", "", sketch(t, p.audio), now)
					if err != nil {
						t.Fatal(err)
					}
					if v.Placed != p.placed {
						t.Fatalf("step %d: placed %v, want %v", i, v.Placed, p.placed)
					}
					if v.Maps(ref.Edge()+100*second) != p.maps {
						t.Errorf("step %d: maps %v, want %v", i, !p.maps, p.maps)
					}
					if v.Maps(ref.Start()) {
						t.Errorf("step %d: maps what was shown as content", i)
					}
					if at := v.Times[len(v.Segments)-1] - zero; p.placed && at != int64(p.last*1e6) {
						t.Errorf("step %d: the last segment begins at %g s, want %g", i, float64(at)/1e6, p.last)
					}
					if n > 0 || !p.placed {
						continue
					}
					s = openStream(t, m)
					if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, p.video), now); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// TestOverlay: what is shown over content takes nothing from it. Its markers
// open, repeat and end no avail (SCTE 35 2023 §10.3.3.1, type 0x38).
func TestOverlay(t *testing.T) {
	m := newMemory()
	s := openStream(t, m)
	for _, text := range []string{"100@0 4 4v 4w 4o20 4v 4w 4 4 4", "101@4 4v 4w 4o20 4v 4w 4 4 4i 4"} {
		if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, text), epochStart); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := ledger(s), "0.103-108 announced"; got != want {
		t.Fatalf("the ledger has %s, want %s", got, want)
	}
}
