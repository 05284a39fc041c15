package service

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/service/sessions"
	"stitcher/internal/stitch/service/streams"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// slowStore takes 20 ms for a write, as a busy disk does, and records touches.
type slowStore struct {
	store.Facts
	touched *[]time.Time
	// accounts counts the accounts that are closed.
	accounts *atomic.Int64
}

func (d slowStore) Append(ctx context.Context, o string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	time.Sleep(20 * time.Millisecond) // a busy disk's sync
	for _, f := range facts {
		if strings.HasPrefix(f.Key, "account/") {
			d.accounts.Add(1)
		}
	}
	return d.Facts.Append(ctx, o, ttl, rev, facts...)
}

func (d slowStore) Touch(ctx context.Context, ttl time.Duration, o ...string) error {
	*d.touched = append(*d.touched, time.Now())
	return d.Facts.Touch(ctx, ttl, o...)
}

// mute decides nothing.
type mute struct{}

func (mute) Decide(stitch.DecisionRequest, func(avail.Decision)) {}

// TestSweepSparesTouches: while 4,000 sessions that ended in a break are accounted for,
// the store is told of those that go on.
func TestSweepSparesTouches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var touched []time.Time
		accounts := new(atomic.Int64)
		m := slowStore{memory.NewFacts(time.Now), &touched, accounts}
		st, _ := ledger.Open(ctx, m, "c", ledger.Options{Maximum: 300e6})
		ref, err := st.Accept(ctx, origin.Reference, "", window(t, 10, 10), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		s := &Service{opt: Options{Facts: m, Now: time.Now, Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(prometheus.NewRegistry())}, sessions: sessions.New[*viewing](10000), streams: streams.New(m, ledger.Options{})}
		env := &stitch.Env{Decider: mute{}, Now: time.Now, Log: s.opt.Log}
		for i := range 4000 {
			id := fmt.Sprint(i)
			_, _ = m.Create(ctx, records.SessionOwner(id), time.Hour, avail.Fact{Key: "session", Value: []byte("{}")})
			stored, rev, _ := m.Since(ctx, records.SessionOwner(id), 0)
			play, err := stitch.New(env, &stitch.Options{
				Session: &playback.Session{ID: id}, Layout: &origin.Layout{Renditions: make([]origin.Rendition, 1)}, Stream: st, Facts: m,
			}, stored[1:], rev)
			if err != nil {
				t.Fatal(err)
			}
			play.Lock()
			_, err = play.Settled(ctx, ref, stitch.Patience{Now: time.Now(), Exhausted: true})
			play.Unlock()
			if err != nil {
				t.Fatal(err)
			}
			x := &viewing{Subject: placing.Subject{Playback: play}}
			s.sessions.Put(x)
		}
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		for range 200 {
			time.Sleep(time.Second)
			s.touches.Add("session/live", 75*time.Second)
		}
		cancel()
		<-done
		var worst time.Duration
		for i := 1; i < len(touched); i++ {
			worst = max(worst, touched[i].Sub(touched[i-1]))
		}
		if n := accounts.Load(); n != 4000 {
			t.Errorf("%d accounts are closed, want those of 4,000 sessions", n)
		}
		t.Logf("%d touches, the longest pause is %v", len(touched), worst)
		if worst > 15*time.Second {
			t.Error("sessions that are watched expire in the store")
		}
	})
}
