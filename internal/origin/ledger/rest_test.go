package ledger

import (
	"errors"
	"testing"
	"time"

	"stitcher/internal/origin"
)

// TestRest: a stream that nobody asked for keeps no playlist, and goes on where it was:
// an older playlist is still one, and avails are not found twice.
func TestRest(t *testing.T) {
	s := openStream(t, newMemory())
	if err := s.Begin(t.Context(), "v"); err != nil {
		t.Fatal(err)
	}
	now := epochStart
	accept := func(text string) (*origin.View, error) {
		t.Helper()
		now = now.Add(4 * time.Second)
		return s.Accept(t.Context(), "v", "", sketch(t, text), now)
	}
	const first, later = "10@0 4 4 4o8 4", "12@8 4o8 4 4i 4 4"
	if _, err := accept(later); err != nil {
		t.Fatal(err)
	}
	ledgerBefore := ledger(s)
	if n := s.Rest(now.Add(59*time.Second), time.Minute); n == 0 {
		t.Error("a stream that is in use drops its playlists")
	}
	if n := s.Rest(now.Add(time.Minute), time.Minute); n != 0 || s.Newest("v") != nil || s.Newest(origin.Reference) != nil {
		t.Errorf("%d playlists are kept", n)
	}
	if _, err := accept(first); !errors.Is(err, ErrOlder) {
		t.Errorf("an older playlist: %v", err)
	}
	v, err := accept(later)
	if err != nil || v.Next() != 17 {
		t.Fatalf("%+v, %v", v, err)
	}
	if got := ledger(s); got != ledgerBefore {
		t.Errorf("the ledger is %q, and was %q", got, ledgerBefore)
	}
}
