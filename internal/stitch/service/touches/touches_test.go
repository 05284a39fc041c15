package touches

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"stitcher/internal/stitch/records"
)

// TestTouches: sessions are kept in batches, a layout once an hour, and what the
// store did not take is tried again with the newest time.
func TestTouches(t *testing.T) {
	var x Touches
	now := time.Unix(1_800_000_000, 0)
	for i := range 3 {
		x.Add(records.SessionOwner(fmt.Sprint(i)), time.Minute)
		x.Layout("l", now.Add(time.Duration(i)*time.Minute))
	}
	x.Add(records.SessionOwner("2"), time.Hour)
	var told []string
	broken := errors.New("broken")
	touch := func(err error) func(context.Context, time.Duration, ...string) error {
		return func(_ context.Context, ttl time.Duration, owners ...string) error {
			slices.Sort(owners)
			told = append(told, fmt.Sprintf("%v%v", ttl, owners))
			return err
		}
	}
	flush := func(err error, want ...string) {
		t.Helper()
		told = nil
		if got := x.Flush(t.Context(), touch(err)); !errors.Is(got, err) {
			t.Errorf("%v, want %v", got, err)
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
	}
	flush(broken, "1m0s[session/0 session/1]", "1h0m0s[session/2]", "48h0m0s[layout/l]")
	x.Add(records.SessionOwner("1"), 2*time.Minute)
	flush(nil, "1m0s[session/0]", "2m0s[session/1]", "1h0m0s[session/2]", "48h0m0s[layout/l]")
	x.Layout("l", now.Add(59*time.Minute))
	flush(nil)
	x.Layout("l", now.Add(61*time.Minute))
	flush(nil, "48h0m0s[layout/l]")
}
