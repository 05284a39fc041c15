package stitch

import (
	"context"
	"encoding/json"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// past is a Past of fixed facts.
type past []avail.Fact

func (p past) Recall(context.Context, string) ([]avail.Fact, error) { return p, nil }

// TestSourceCounts: the ads of a pod are counted up to the one that is told of,
// what is no ad left out ([ADCOUNT], VAST 4.3 §6).
func TestSourceCounts(t *testing.T) {
	fact := func(key string, v any) avail.Fact {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return avail.Fact{Key: key, Value: b}
	}
	s := NewSource(past{fact(sessionKey, playback.Session{ID: "s"}), fact("decision/0.7", avail.Decision{Items: []avail.Item{
		{Kind: avail.BumperItem}, {Ad: &avail.Ad{ID: "a"}}, {Ad: &avail.Ad{ID: "b"}}, {Kind: avail.SlateItem},
	}})})
	for n, want := range []int{0, 1, 2, 0} {
		ad, _, err := s.Ad(t.Context(), "s", avail.Key{Sequence: 7}, n)
		if err != nil || (ad == nil) != (want == 0) || ad != nil && ad.Count != want {
			t.Errorf("item %d: %+v, %v, want the ad %d", n, ad, err, want)
		}
	}
}
