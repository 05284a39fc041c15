package tune

import "testing"

// TestCalm: garbage is collected at a quiet moment, once there is some, and not
// while a herd makes it.
func TestCalm(t *testing.T) {
	const mb, floor = 1 << 20, 1024 << 20
	var c calm
	for i, step := range []struct {
		allocated, collections uint64
		due                    bool
	}{
		{20 * mb, 1, false},
		{25 * mb, 1, false},  // quiet, and little to collect
		{225 * mb, 1, false}, // a herd
		{425 * mb, 1, false},
		{430 * mb, 1, true}, // it is over
		{435 * mb, 2, false},
		{440 * mb, 2, false},
		{840 * mb, 2, false},
		{1240 * mb, 2, true}, // it goes on, and there is no time to lose
		{1640 * mb, 3, false},
		{2040 * mb, 4, false}, // it was collected meanwhile
		{2041 * mb, 4, false},
	} {
		if got := c.due(floor, state{step.allocated, step.collections}); got != step.due {
			t.Errorf("look %d: %v, want %v", i, got, step.due)
		}
	}
}
