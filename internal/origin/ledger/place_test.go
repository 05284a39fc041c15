package ledger

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"stitcher/internal/origin"
)

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }

// TestPlace: which epoch a template belongs to, or why it is not taken.
func TestPlace(t *testing.T) {
	type step struct {
		after int // seconds
		text  string
		want  string // the epoch's index and the window's head, "older" or "unsettled"
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{
			name: "the window moves on",
			steps: []step{
				{0, "100@0 4 4 4", "0:100"}, {2, "101@4 4 4 4", "0:101"}, {30, "120@80 4 4 4", "0:120"},
			},
		},
		{
			// B-7: another edge of a CDN is behind.
			name: "an older edge, dated",
			steps: []step{
				{0, "100@0 4 4 4", "0:100"}, {1, "99@-4 4 4 4", "older"}, {2, "90@-40 4 4 4", "older"}, {3, "101@4 4 4 4", "0:101"},
			},
		},
		{
			name: "an older edge, undated, that shares a segment",
			steps: []step{
				{0, "100 4 4 4", "0:100"}, {1, "99 4 4 4", "older"}, {20, "99 4 4 4", "older"}, {21, "101 4 4 4", "0:101"},
			},
		},
		{
			// B-5: the encoder was restarted. Two fetches, so that one stray
			// answer makes no epoch.
			name: "a restart, dated",
			steps: []step{
				{0, "100@0 4 4 4", "0:100"}, {10, "0@20 4*n 4*n 4*n", "unsettled"},
				{11, "0@20 4*n 4*n 4*n", "1:0"}, {14, "1@24 4*n 4*n 4*n", "1:1"},
			},
		},
		{
			// RFC 8216bis §6.2.1: a stale edge catches up within 1.5 target
			// durations; 6 s here.
			name: "a restart, undated",
			steps: []step{
				{0, "100 4 4 4", "0:100"}, {10, "0 4*n 4*n 4*n", "unsettled"}, {15, "1 4*n 4*n 4*n", "unsettled"},
				{16, "1 4*n 4*n 4*n", "1:1"},
			},
		},
		{
			name: "a stray answer makes no epoch",
			steps: []step{
				{0, "100 4 4 4", "0:100"}, {10, "0 4*n 4*n 4*n", "unsettled"}, {12, "102 4 4 4", "0:102"}, {18, "0 4*n 4*n 4*n", "unsettled"},
			},
		},
		{
			name: "an edge that has not heard of the restart",
			steps: []step{
				{0, "100@0 4 4 4", "0:100"}, {10, "0@20 4*n 4*n 4*n", "unsettled"}, {11, "0@20 4*n 4*n 4*n", "1:0"},
				{12, "101@4 4 4 4", "older"}, {13, "1@24 4*n 4*n 4*n", "1:1"},
			},
		},
		{
			name: "an edge that has not heard of the restart, whose window goes on past the new numbers",
			steps: []step{
				{0, "0@0 4 4 4 4 4", "0:0"}, {30, "0@30 4*n 4*n", "unsettled"}, {31, "0@30 4*n 4*n", "1:0"},
				{32, "0@0 4 4 4 4 4 4", "older"}, {33, "0@0 4 4 4 4 4 4", "older"}, {34, "0@30 4*n 4*n 4*n", "1:0"},
			},
		},
		{
			name:  "a restart between two requests, with numbers above those of before",
			steps: []step{{0, "6@0 4 4 4", "0:6"}, {300, "21@300 4*n 4*n 4*n", "1:21"}, {304, "22@304 4*n 4*n 4*n", "1:22"}},
		},
		{
			name:  "an hour without requests",
			steps: []step{{0, "6@0 4 4 4", "0:6"}, {3600, "906@3600 4 4 4", "0:906"}},
		},
		{
			// Signed paths change at every fetch; the dates tell.
			name:  "URIs signed anew, dated",
			steps: []step{{0, "100@0 4*a 4*a 4*a", "0:100"}, {2, "101@4 4*b 4*b 4*b", "0:101"}},
		},
		{
			name:  "an empty playlist",
			steps: []step{{0, "100@0 4 4 4", "0:100"}, {2, "101@4", "older"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStream(t, newMemory())
			for _, step := range c.steps {
				v, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, step.text), epochStart.Add(time.Duration(step.after)*time.Second))
				got := ""
				switch {
				case errors.Is(err, ErrOlder):
					got = "older"
				case errors.Is(err, ErrUnsettled):
					got = "unsettled"
				case err != nil:
					t.Fatal(err)
				default:
					got = fmt.Sprintf("%d:%d", v.Epoch.Index, v.Head())
				}
				if got != step.want {
					t.Errorf("after %d s, %q: %s, want %s", step.after, step.text, got, step.want)
				}
			}
		})
	}
}

// TestEpochNumbersRise: the next epoch's numbers are above all that the last
// one can have come to, in every session.
func TestEpochNumbersRise(t *testing.T) {
	e := origin.Epoch{}.After(5_000, 30, 7)
	if e.Index != 1 || e.Sequence < 5_000+1<<20 || e.Discontinuity < 30+1<<14 {
		t.Errorf("epoch %+v", e)
	}
	if n := e.After(3, 0, 9); n.Sequence <= e.Sequence+3 || n.Discontinuity <= e.Discontinuity {
		t.Errorf("epoch %+v after %+v", n, e)
	}
}
