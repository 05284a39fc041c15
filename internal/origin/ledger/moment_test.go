package ledger

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

// TestSilentWhilePlacing asks whether the timeline is silent while playlists are placed
// whose numbers fall: requests do both at once, which the race detector checks.
func TestSilentWhilePlacing(t *testing.T) {
	s := openStream(t, newMemory())
	if err := s.Begin(t.Context(), "v0"); err != nil {
		t.Fatal(err)
	}
	showSteps(t, s, []step{{"v0", "100 4 4 4 4", 0, nil}})
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() {
		for range 500 {
			s.Silent(afterStart(5), false)
		}
	})
	for i := range 100 { // the numbers fall anew each second time
		text := fmt.Sprintf("%d 4 4 4 4", 100-i%2*50)
		if _, err := s.Accept(t.Context(), "v0", "", sketch(t, text), afterStart(5)); err != nil && !errors.Is(err, ErrUnsettled) {
			t.Fatal(err)
		}
	}
	if s.Silent(afterStart(1), false) {
		t.Error("the timeline is silent a second after its last segment")
	}
}
