package streams

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/service/sessions"
	"stitcher/internal/store/memory"
)

// window is a window of a hundred segments of four seconds.
func window(t *testing.T) *hls.Template {
	t.Helper()
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:10\n")
	for i := range 100 {
		at := time.Unix(1_800_000_040+int64(4*i), 0).UTC()
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4.000,\ns%d.ts\n", at.Format(time.RFC3339), i)
	}
	tpl, err := hls.Compile([]byte(b.String()), hls.Options{Base: &url.URL{Scheme: "http", Host: "o.example", Path: "/"}})
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// TestRelieve: where the times of many queries' playlists take more memory than they may,
// streams drop their playlists once nobody has asked for them for seconds.
func TestRelieve(t *testing.T) {
	const idle = sessions.InUse
	now := time.Unix(1_800_000_400, 0)
	m := memory.NewFacts(func() time.Time { return now })
	s := New(m, ledger.Options{Maximum: 300e6, Times: origin.NewTimes()})
	st, err := s.Get(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Accept(t.Context(), origin.Reference, "", window(t), now); err != nil {
		t.Fatal(err)
	}
	bytes := s.opt.Times.Bytes()
	if bytes != 101*8 {
		t.Fatalf("%d bytes are counted", bytes)
	}
	for _, c := range []struct {
		after time.Duration
		most  int64
		kept  bool
	}{{idle, bytes, true}, {idle - 1, bytes - 1, true}, {idle, bytes - 1, false}} {
		s.relieve(now.Add(c.after), c.most)
		if kept := st.Newest(origin.Reference) != nil; kept != c.kept {
			t.Errorf("%v after the last request, with %d of %d bytes, the playlist is kept: %v", c.after, bytes, c.most, kept)
		}
	}
}
