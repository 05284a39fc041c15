package matrix

import (
	"errors"
	"sync/atomic"
	"testing"

	"stitcher/internal/avail"
)

// TestStoreIsFull: while the store has no room, sessions that have begun go on as they
// were, with their ads; new ones are content, and cost the store nothing, for as long
// as they last. When there is room, new sessions have ads.
func TestStoreIsFull(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		var full atomic.Bool
		w.full = func() error {
			if full.Load() {
				return errors.New("full")
			}
			return nil
		}
		w.reopen()
		w.channelWithAvail()
		w.configure(originURL+"/live", "LivePreRollConfiguration", map[string]any{"AdDecisionServerUrl": adsURL, "MaxDurationSeconds": 10})
		before := w.join("master.m3u8")
		before.follow(10 * sec)
		full.Store(true)
		preroll := before.seconds(0, true)
		content := w.join("master.m3u8")
		asked := w.ads.total()
		for w.now() < 60*sec && !t.Failed() {
			before.poll()
			content.poll()
			w.until(w.now() + sec)
		}
		full.Store(false)
		after := w.join("master.m3u8")
		for w.now() < 150*sec && !t.Failed() {
			content.poll()
			after.poll()
			w.until(w.now() + sec)
		}
		if before.seconds(0, true) < preroll+10 {
			t.Errorf("the session that was there has %.1f s of ads, %.1f before", before.seconds(0, true), preroll)
		}
		if s := content.seconds(0, true); s != 0 || content.polls == 0 {
			t.Errorf("the session that began while the store was full has %.1f s of ads in %d playlists", s, content.polls)
		}
		// One request is for the avail of the first session, two for the pre-roll and the
		// avail of the last.
		if after.seconds(0, true) == 0 || w.ads.total() != asked+3 {
			t.Errorf("the session that began after that has %.1f s of ads; %d ad requests", after.seconds(0, true), w.ads.total()-asked)
		}
		if facts, _, err := w.store.Since(t.Context(), "session/"+content.id, 0); err != nil || len(facts) > 0 {
			t.Errorf("%d facts are stored: %v", len(facts), err)
		}
		if n := w.gather("stitcher_sessions_unstored_total", ""); n != 1 {
			t.Errorf("the metric has %v sessions", n)
		}
		if s := w.gather("stitcher_avail_unfilled_seconds_total", string(avail.StoreFull)); s < 10 {
			t.Errorf("%.1f seconds are %s", s, avail.StoreFull)
		}
		if a := w.get(content.master + "?aws.sessionId=" + content.id); a.Code != 200 {
			t.Errorf("the multivariant playlist again: %d %s", a.Code, a.Body)
		}
		w.reopen()
		a := w.get(content.urls[0])
		wantError(t, a.Code, a.Header(), a.Body.Bytes(), 404, "NotFoundException")
	})
}
