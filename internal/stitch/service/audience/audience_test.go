package audience

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store/memory"
)

// reports are the errors that were told.
type reports []string

func (r *reports) Report(_ context.Context, e avail.AdError, p *playback.Session) {
	*r = append(*r, fmt.Sprint(p.ID, e.URLs, e.Code))
}

// TestUnshown: the Error URLs of an ad are told why it is not shown, and ads without any are
// left out.
func TestUnshown(t *testing.T) {
	var got reports
	x := New(t.Context(), Options{Errors: &got, Facts: memory.NewFacts(time.Now), Log: slog.New(slog.DiscardHandler)})
	x.Unshown(&playback.Session{ID: "s"}, []*avail.Ad{
		{Tracking: map[string][]string{"error": {"http://a/"}}}, {},
	}, avail.EarlyReturn)
	if want := []string{"s[http://a/] 206"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	New(t.Context(), Options{}).Unshown(&playback.Session{ID: "s"}, []*avail.Ad{
		{Tracking: map[string][]string{"error": {"http://a/"}}},
	}, avail.EarlyReturn) // nobody is told
}

// TestCutShort: of an avail that ended early the Error URLs of the last ads are told, of as many
// as were dropped; nothing is told of a decision that can't be read.
func TestCutShort(t *testing.T) {
	facts := memory.NewFacts(time.Now)
	ad := func(url string) avail.Item {
		return avail.Item{Kind: avail.AdItem, Ad: &avail.Ad{Tracking: map[string][]string{"error": {url}}}}
	}
	b, err := records.Encode(avail.Decision{Items: []avail.Item{ad("http://a/"), ad("http://b/"), ad("http://c/")}})
	if err != nil {
		t.Fatal(err)
	}
	key := avail.Key{Sequence: 7}
	if _, err := facts.Append(t.Context(), records.SessionOwner("s"), time.Hour, 0, avail.Fact{Key: "decision/" + key.String(), Value: b}); err != nil {
		t.Fatal(err)
	}
	var got reports
	x := New(t.Context(), Options{
		Errors: &got, Facts: facts, Log: slog.New(slog.DiscardHandler), OffPath: func(f func()) bool { f(); return true },
	})
	x.CutShort(&playback.Session{ID: "s"}, key, 2)
	x.CutShort(&playback.Session{ID: "s"}, avail.Key{Sequence: 8}, 2)
	if want := []string{"s[http://b/] 206", "s[http://c/] 206"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	got = nil
	x.CutShort(&playback.Session{ID: "s"}, key, 9)
	if len(got) != 3 {
		t.Errorf("told %q, want all", got)
	}
}
