package turn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurns: competitors take turns at the places, and of one the least work goes
// first.
func TestTurns(t *testing.T) {
	var counting sync.Mutex
	synctest.Test(t, func(t *testing.T) {
		waits := map[string]int{}
		turns := NewPlaces(1, time.Now, func(name string, _ time.Duration) {
			counting.Lock()
			defer counting.Unlock()
			waits[name]++
		})
		leave, err := turns.Take(t.Context(), "a", 0)
		if err != nil {
			t.Fatal(err)
		}
		var order []string // only who has the one turn writes to it
		var all sync.WaitGroup
		for _, w := range []struct {
			configuration string
			work          int64
		}{{"a", 900}, {"a", 10}, {"b", 500}, {"a", 20}} {
			all.Go(func() {
				leave, err := turns.Take(context.Background(), w.configuration, w.work)
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, fmt.Sprint(w.configuration, w.work))
				leave()
			})
			synctest.Wait()
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { _, err := turns.Take(ctx, "c", 1); gone <- err }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who goes gets %v", err)
		}
		leave()
		all.Wait()
		// a has just had a turn when b comes, so b has the next one.
		if want := []string{"b500", "a10", "a20", "a900"}; !slices.Equal(order, want) {
			t.Errorf("the order is %v, want %v", order, want)
		}
		if turns.free != 1 || len(turns.waiting)+len(turns.shares.of) != 0 {
			t.Errorf("afterwards %d places are free, %d wait, shares %v", turns.free, len(turns.waiting), turns.shares.of)
		}
		if len(waits) != 2 || waits["a"] != 4 || waits["b"] != 1 {
			t.Errorf("the waits are %v, want one for each turn", waits)
		}
	})
}
