package layouts

import (
	"net/url"
	"testing"
)

// TestForward: the player's query goes to the origin with every request for a
// manifest (reference §2.2), and to no other host.
func TestForward(t *testing.T) {
	base, err := url.Parse("https://origin.example/live/index.m3u8")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ address, query, want string }{
		{"https://origin.example/live/v.m3u8", "", "https://origin.example/live/v.m3u8"},
		{"https://origin.example/live/v.m3u8", "token=a%2Fb&x", "https://origin.example/live/v.m3u8?token=a%2Fb&x"},
		{"https://ORIGIN.example/live/v.m3u8?v=1", "token=1", "https://ORIGIN.example/live/v.m3u8?v=1&token=1"},
		{"https://origin.example/v.m3u8?token=own", "token=1&b=2", "https://origin.example/v.m3u8?token=own&b=2"},
		{"https://cdn.example/v.m3u8", "token=1", "https://cdn.example/v.m3u8"},
		{"https://origin.example/v.m3u8", "&a=1&&b", "https://origin.example/v.m3u8?a=1&b"},
	} {
		if got := forward(c.address, base, c.query); got != c.want {
			t.Errorf("%s with %q is %s, want %s", c.address, c.query, got, c.want)
		}
	}
}
