package ledger

import (
	"context"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/store"
)

// slow is a store whose next commit to the ledger takes until it is let go.
type slow struct {
	store.Facts
	writing, proceed chan struct{}
}

func (m *slow) Append(ctx context.Context, owner string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	if facts[len(facts)-1].Rank > 0 {
		m.writing <- struct{}{}
		<-m.proceed
	}
	return m.Facts.Append(ctx, owner, ttl, rev, facts...)
}

// TestAcceptOffTheDisk: while the news of one rendition are written, nobody else
// waits for the disk: all viewers of a channel stood still for a commit at every
// new segment, and for many while a herd was deciding.
func TestAcceptOffTheDisk(t *testing.T) {
	m := &slow{newMemory(), make(chan struct{}), make(chan struct{})}
	s, err := Open(t.Context(), m, "channel", Options{Maximum: 60 * second})
	if err != nil {
		t.Fatal(err)
	}
	now := epochStart
	first := sketch(t, "1000@0 4 4 4")
	accept := func(rendition, text string) (head int64) {
		t.Helper()
		tpl := first
		if text != "" {
			tpl = sketch(t, text)
		}
		v, err := s.Accept(t.Context(), rendition, "", tpl, now)
		if err != nil {
			t.Fatal(err)
		}
		return v.Head()
	}
	const audio = "audio"
	accepted := make(chan int64)
	go func() { accepted <- accept(origin.Reference, "") }()
	<-m.writing
	m.proceed <- struct{}{}
	<-accepted
	go func() { accepted <- accept(audio, "") }()
	<-m.writing
	m.proceed <- struct{}{}
	<-accepted

	now = now.Add(4 * time.Second)
	go func() { accepted <- accept(origin.Reference, "1001@4 4 4 4o20") }()
	<-m.writing
	others := make(chan struct{})
	go func() {
		defer close(others)
		if got := accept(origin.Reference, "1001@4 4 4 4o20"); got != 1000 {
			t.Errorf("another viewer of the rendition gets the window from %d, want the last good one from 1000", got)
		}
		if got := accept(audio, ""); got != 1000 {
			t.Errorf("a viewer of another rendition gets the window from %d", got)
		}
		s.Spans(0)
		s.Newest(audio)
		if _, ok, err := s.Cut(t.Context(), audio, s.Newest(audio), Cut{Sequence: 1001, Time: epochStart.UnixMicro() + 4*second, Before: 0}); !ok || err != nil {
			t.Errorf("a cut: %v, %v", ok, err)
		}
	}()
	select {
	case <-others:
	case <-time.After(30 * time.Second):
		t.Fatal("the others wait for the disk")
	}
	m.proceed <- struct{}{}
	<-m.writing // again, because the cut is in the ledger now
	m.proceed <- struct{}{}
	if got := <-accepted; got != 1001 {
		t.Errorf("the one that brought the news gets the window from %d", got)
	}
	if got := accept(origin.Reference, "1001@4 4 4 4o20"); got != 1001 {
		t.Errorf("the next gets the window from %d", got)
	}
}
