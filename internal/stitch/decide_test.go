package stitch

import (
	"context"
	"errors"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/reference"
	"stitcher/internal/stitch/suppression"
)

// TestFirstSightWaits: a session that sees an avail after others have used its
// hold up waits in the request for its decision, in every one of its parallel
// requests. One that went on at once started the avail late and lost the last ad
// of a full pod (seen with shaka-player, which asks for audio and video
// together).
func TestFirstSightWaits(t *testing.T) {
	w := newSimWorld(1, 600*simSecond, simFaults{})
	for seed := int64(2); w.origin.window < 15; seed++ {
		w = newSimWorld(seed, 600*simSecond, simFaults{}) // short windows wait for another reason
	}
	w.t = 10 * simSecond
	w.join()
	w.join()
	early, slow := w.clients[0], w.clients[1]
	ask := func(c *simClient, r int) error {
		ref, v, err := reference.Views(t.Context(), w.nodes[0], w.nodes[0].stream, w.layout, r, false)
		if err != nil {
			t.Fatalf("at %d: %v", w.t, err)
		}
		return w.nodes[0].session(c).Plan(context.Background(), r, ref, v, Patience{Now: simTime(w.t)}, &hls.Plan{}, new(hlsplan.Pool))
	}
	waits := func(err error) bool {
		var wait *Wait
		return errors.As(err, &wait) && wait.AtMost > 0
	}
	for w.nodes[0].answer(slow, simRef) == nil || w.nodes[0].answer(early, simRef) == nil {
		w.t += simSecond
	}
	// The early one polls until it has seen an avail and no longer holds it.
	seen := int64(0)
	for ; w.t < 500*simSecond; w.t += simSecond / 5 {
		if w.nodes[0].answer(early, simRef) == nil {
			t.Fatal("no answer")
		}
		if len(w.nodes[0].session(early).pendings) > 0 {
			if seen == 0 {
				seen = w.t
			}
			if w.t-seen > w.origin.target*simSecond/4 { // a hold in these worlds
				break
			}
			continue
		}
		seen = 0
		if w.nodes[0].answer(slow, simRef) == nil {
			t.Fatal("no answer")
		}
	}
	if seen == 0 {
		t.Fatal("no decision took longer than a hold")
	}
	for _, r := range []int{simRef, simVideo, simRef} {
		if err := ask(slow, r); !waits(err) {
			t.Errorf("request of rendition %d: %v, want it to wait", r, err)
		}
	}
	w.t += w.origin.target * simSecond / 2
	if err := ask(slow, simRef); waits(err) {
		t.Errorf("after a hold's time it still waits: %v", err)
	}
}

// TestSuppressionAfterRestart: avail suppression counts from the live edge at the session's start,
// which says nothing once the origin has started again.
func TestSuppressionAfterRestart(t *testing.T) {
	first, later := &pods.Run{}, &pods.Run{}
	s := &Playback{
		Session: &playback.Session{Suppression: playback.Suppression{After: true, Value: 60e6}}, env: &Env{}, runs: []*pods.Run{first, later},
	}
	s.known.Edge = 1000e6
	sp := &origin.Span{Avail: avail.Avail{Key: avail.Key{Sequence: 100}, Start: 1010e6}, End: origin.Open}
	if got := s.windowOf(first, sp); got.Reason != avail.Suppressed {
		t.Errorf("in the first run: %+v", got)
	}
	if got := s.windowOf(later, sp); got != (suppression.Window{}) {
		t.Errorf("in a later run: %+v", got)
	}
}
