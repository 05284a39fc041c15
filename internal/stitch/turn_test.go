package stitch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/turns"
	"stitcher/internal/store"
)

// slowDisk is a store whose writes last until they are let go.
type slowDisk struct {
	store.Facts
	proceed chan struct{}
}

func (d slowDisk) Append(_ context.Context, _ string, _ time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	<-d.proceed
	return store.Appended{Written: true, Facts: facts, Rev: rev + 1}, nil
}

// TestTurns: who waits for the store keeps nobody from working, and goes on in
// its turn; who gives up waiting for one goes on without.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := turns.New(1)
		disk := slowDisk{proceed: make(chan struct{})}
		a := &Playback{Session: &playback.Session{ID: "a"}, Facts: disk, env: &Env{Turns: one}}
		b := &Playback{Session: &playback.Session{ID: "b"}, env: &Env{Turns: one}}
		a.takeTurn(t.Context())
		recorded := false
		go func() {
			if err := a.record(t.Context(), "begin/0", 7, new(int)); err != nil {
				t.Error(err)
			}
			recorded = true
		}()
		synctest.Wait()
		b.takeTurn(t.Context())
		if !b.inTurn {
			t.Fatal("a session that waits for the store keeps its turn")
		}
		disk.proceed <- struct{}{}
		synctest.Wait()
		if recorded {
			t.Fatal("two sessions work in one turn")
		}
		b.leaveTurn()
		synctest.Wait()
		if !recorded || !a.inTurn {
			t.Fatal("a session whose record is stored doesn't go on")
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		b.takeTurn(over)
		b.leaveTurn()
		a.leaveTurn()
		if one.Taken() != 0 {
			t.Error("a turn is lost")
		}
	})
}
