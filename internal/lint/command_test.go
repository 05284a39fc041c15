package lint

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestCommand pins the exit statuses, over a real connection.
func TestCommand(t *testing.T) {
	clean := &stream{ended: true, began: time.Now(), asked: map[string]int{}}
	broken := &stream{ended: true, began: time.Now(), asked: map[string]int{}, text: from(0, "#EXTINF:2.000", "#EXTINF:3.000")}
	cleanServer, brokenServer := httptest.NewServer(clean), httptest.NewServer(broken)
	defer cleanServer.Close()
	defer brokenServer.Close()
	for _, test := range []struct {
		args   []string
		status int
		out    string
	}{
		{[]string{cleanServer.URL + "/video.m3u8", "--for", "30s", "--no-segments"}, 0, " 0 violations"},
		{[]string{"--no-segments", brokenServer.URL + "/video.m3u8"}, 1, "extinf-too-long at 995 (line 9): EXTINF is 3 s, TARGETDURATION 2 s [RFC 8216bis §4.4.3.1] by ours"},
		{[]string{cleanServer.URL[:len(cleanServer.URL)-1] + "1/none"}, 2, "stitcher lint: "},
		{[]string{"-h"}, 0, "Usage: stitcher lint [flags] URL"},
		{[]string{"--nonsense"}, 2, "Usage: stitcher lint [flags] URL"},
		{nil, 2, "give one URL"},
		{[]string{"http://a", "http://b"}, 2, "give one URL"},
	} {
		var out strings.Builder
		if got := Command(t.Context(), test.args, &out, &out); got != test.status || !strings.Contains(out.String(), test.out) {
			t.Errorf("%v: status %d, want %d and %q in\n%s", test.args, got, test.status, test.out, out.String())
		}
	}
}
