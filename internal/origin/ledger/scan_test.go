package ledger

import (
	"testing"

	"stitcher/internal/origin"
)

// TestScan: what playlists of the reference, fetched one after another, come to
// in the ledger.
func TestScan(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []string
		want  string
	}{
		{
			name:  "announced and closed at the same boundary",
			steps: []string{"100@0 4 4 4", "102@8 4 4o8 4c", "103@12 4o8 4c 4i"},
			want:  "0.103-105 announced",
		},
		{
			// splicing.md "A break, in order" 4: the boundary nearest to it.
			name:  "the announced end lies inside a segment",
			steps: []string{"100@0 4 4 4o9 4 4 4 4"},
			want:  "0.102-104 announced",
		},
		{
			name:  "the announced end lies late in a segment",
			steps: []string{"100@0 4 4 4o11 4 4 4 4"},
			want:  "0.102-105 announced",
		},
		{
			name:  "a CUE-IN after the announced end is ignored",
			steps: []string{"100@0 4 4 4o8 4 4 4i 4"},
			want:  "0.102-104 announced",
		},
		{
			name:  "an early CUE-IN ends it",
			steps: []string{"100@0 4 4 4o20 4", "102@8 4o20 4 4i 4"},
			want:  "0.102-104 signal",
		},
		{
			name:  "without a length it lasts to the CUE-IN",
			steps: []string{"100@0 4 4 4o 4 4c 4c 4i"},
			want:  "0.102-106 signal",
		},
		{
			name:  "without a length and CUE-IN it lasts to the maximum",
			steps: []string{"100@0 4 4o 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4"},
			want:  "0.101-116 maximum",
		},
		{
			name:  "still open",
			steps: []string{"100@0 4 4 4o20 4 4"},
			want:  "0.102-?",
		},
		{
			// B-31: one origin gives every avail the id 1.
			name:  "one id for every avail",
			steps: []string{"100@0 4o8#1 4 4i 4 4o8#1 4 4i"},
			want:  "0.100-102 announced, 0.104-106 announced",
		},
		{
			name:  "a repeat with its id tells nothing new",
			steps: []string{"100@0 4o20#7 4 4o12#7 4", "102@8 4o12#7 4 4 4i 4"},
			want:  "0.100-105 announced",
		},
		{
			name:  "a repeat without ids within the announced length",
			steps: []string{"100@0 4o20 4 4o12 4 4 4i 4"},
			want:  "0.100-105 announced",
		},
		{
			name:  "another event inside ends the one before",
			steps: []string{"100@0 4o20#1 4 4o12#2 4 4 4i 4"},
			want:  "0.100-102 next, 0.102-105 announced",
		},
		{
			// B-39: viewers were shown those segments already.
			name:  "a marker that comes late opens at the next segment",
			steps: []string{"100@0 4 4 4", "100@0 4 4 4o20 4 4 4"},
			want:  "0.103-? late 4",
		},
		{
			name:  "a marker that comes after the avail opens nothing",
			steps: []string{"100@0 4 4 4 4 4", "100@0 4 4o8 4 4i 4 4"},
			want:  "",
		},
		{
			name:  "opened and closed at one place",
			steps: []string{"100@0 4 4 4oi 4 4"},
			want:  "",
		},
		{
			name:  "joined in the middle",
			steps: []string{"100@0 4c 4c 4i 4"},
			want:  "0.100-102 signal joined",
		},
		{
			// Nobody saw how it went on, and its announced time is over.
			name:  "its segments went by unseen",
			steps: []string{"100@0 4 4o12 4", "110@40 4 4 4"},
			want:  "0.101-110 unseen",
		},
		{
			name:  "segments went by unseen, but it goes on",
			steps: []string{"100@0 4 4o60 4", "110@40 4c 4 4"},
			want:  "0.101-?",
		},
		{
			// Nothing could be listed for ever if nobody knew with which number
			// content goes on.
			name:  "its end was seen, what follows went by unseen",
			steps: []string{"100@0 4 4o8 4", "110@40 4 4 4"},
			want:  "0.101-103 announced",
		},
		{
			name:  "the clock leaps at a discontinuity",
			steps: []string{"100@0 4 4o20 4 4d+300 4"},
			want:  "0.101-103 leap",
		},
		{
			name:  "a discontinuity alone ends nothing",
			steps: []string{"100@0 4 4o20 4 4d 4"},
			want:  "0.101-?",
		},
		{
			name:  "the stream ends in an avail",
			steps: []string{"100@0 4 4o20 4", "100@0 4 4o20 4 4 end"},
			want:  "0.101-104 stream",
		},
		{
			name:  "without dates",
			steps: []string{"100 4 4o8 4", "102 4 4i 4 4"},
			want:  "0.101-103 announced",
		},
		// What follows are assets that had ended when they were first seen
		// (reference §3.3).
		{name: "asset: a pair is an insertion", steps: []string{"0@0 4 4 4oi 4 end"}, want: "0.2-2 announced"},
		{name: "asset: a length is a replacement", steps: []string{"0@0 4 4o8 4 4 end"}, want: "0.1-3 announced"},
		{name: "asset: Out and In are a replacement", steps: []string{"0@0 4 4o 4 4i end"}, want: "0.1-3 announced"},
		{name: "asset: an Out alone is an insertion", steps: []string{"0@0 4 4o 4 4 end"}, want: "0.1-1 announced"},
		{name: "asset: an Out with marked segments is a replacement of them", steps: []string{"0@0 4 4o 4c 4c 4 end"}, want: "0.1-4 announced"},
		{name: "asset: what opens again within a length is a repeat", steps: []string{"0@0 4 4o12 4o12 4c 4 4o4 4 end"}, want: "0.1-4 announced, 0.5-6 announced"},
		{name: "asset: what opens with another id is the next avail", steps: []string{"0@0 4 4o12#1 4 4o8#2 4 4 end"}, want: "0.1-3 announced, 0.3-5 announced"},
		{name: "asset: no markers are one avail before", steps: []string{"0@0 4 4 end"}, want: "0.0-0 announced"},
		{name: "asset: a pair at the last segment comes after it", steps: []string{"0@0 4 4oi end"}, want: "0.2-2 announced (after unknown)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			s := openStream(t, m)
			for i, step := range c.steps {
				if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, step), epochStart.Add(secondsOf(i))); err != nil {
					t.Fatal(err)
				}
			}
			if got := ledger(s); got != c.want {
				t.Errorf("ledger: %s\nwant:   %s", got, c.want)
			}
			if again := ledger(openStream(t, m)); again != c.want {
				t.Errorf("read back: %s\nwant:      %s", again, c.want)
			}
		})
	}
}

// TestScanAfterARestartOfTheProcess: a process that begins anew reads on where
// the other one was.
func TestScanAfterARestartOfTheProcess(t *testing.T) {
	m := newMemory()
	for i, step := range []string{"100@0 4 4 4", "101@4 4 4 4o8", "102@8 4 4o8 4", "103@12 4o8 4 4i", "104@16 4 4i 4 4o8 4"} {
		s := openStream(t, m)
		if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, step), epochStart.Add(secondsOf(i))); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := ledger(openStream(t, m)), "0.103-105 announced, 0.107-109 announced (after unknown)"; got != want {
		t.Errorf("ledger: %s, want %s", got, want)
	}
}

// TestNumberOfUnseenSegments: content has to go on from some discontinuity
// number after a pod, even if nobody saw the segment it returned at.
func TestNumberOfUnseenSegments(t *testing.T) {
	s := openStream(t, newMemory())
	for i, step := range []string{"100@0 4 4o40 4", "108@32 4d 4 4i 4"} {
		if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, step), epochStart.Add(secondsOf(i))); err != nil {
			t.Fatal(err)
		}
	}
	sp := s.Spans(0)[0]
	for q := int64(101); q < 108; q++ {
		if n := sp.Number(q); n == origin.Unknown {
			t.Errorf("segment %d has no number", q)
		}
	}
}
