package service

import (
	"testing"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/service/sessions"
	"stitcher/internal/store/memory"
)

// TestRelieve: where the times of many queries' playlists take more memory than they may,
// streams drop their playlists once nobody has asked for them for seconds.
func TestRelieve(t *testing.T) {
	now := time.Unix(1_800_000_400, 0)
	m := memory.NewFacts(func() time.Time { return now })
	s := &Service{streams: newStreams(m, ledger.Options{Maximum: 300e6, Times: origin.NewTimes()})}
	st, err := s.streams.get(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Accept(t.Context(), origin.Reference, "", window(t, 10, 100), now); err != nil {
		t.Fatal(err)
	}
	bytes := s.streams.opt.Times.Bytes()
	if bytes != 101*8 {
		t.Fatalf("%d bytes are counted", bytes)
	}
	for _, c := range []struct {
		after time.Duration
		most  int64
		kept  bool
	}{{sessions.InUse, bytes, true}, {sessions.InUse - 1, bytes - 1, true}, {sessions.InUse, bytes - 1, false}} {
		s.relieve(now.Add(c.after), c.most)
		if kept := st.Newest(origin.Reference) != nil; kept != c.kept {
			t.Errorf("%v after the last request, with %d of %d bytes, the playlist is kept: %v", c.after, bytes, c.most, kept)
		}
	}
}
