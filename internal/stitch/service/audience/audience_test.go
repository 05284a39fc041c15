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
	New(t.Context(), Options{}).Unshown(&playback.Session{ID: "s"}, []*avail.Ad{{}}, avail.EarlyReturn) // nobody is told
}
