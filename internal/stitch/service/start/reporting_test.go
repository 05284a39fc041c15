package start

import "testing"

// TestReporting holds reference §2.2: the player reports in explicit sessions
// unless it says otherwise, and then it gets the tracking document too.
func TestReporting(t *testing.T) {
	for _, c := range []struct {
		explicit   bool
		mode, want string
	}{
		{false, "", "server"}, {false, "SERVER", "server"}, {false, "CLIENT", "client"}, {false, "x", "server"},
		{true, "", "client"}, {true, "client", "client"}, {true, "Server", "hybrid"}, {true, "x", "client"},
	} {
		r := Request{Explicit: c.explicit, Features: map[string]string{"reportingMode": c.mode}}
		if got := r.reporting(); got != c.want {
			t.Errorf("explicit %v, %q: %s, want %s", c.explicit, c.mode, got, c.want)
		}
	}
}
