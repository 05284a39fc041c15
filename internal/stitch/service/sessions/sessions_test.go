package sessions

import (
	"fmt"
	"testing"
	"time"
)

// session is a session that was used at a time, and expires in an hour.
type session struct {
	id   string
	used time.Time
}

func (s *session) Key() string                { return s.id }
func (s *session) LastUsed() int64            { return s.used.UnixMicro() }
func (s *session) Expired(now time.Time) bool { return now.Sub(s.used) > time.Hour }

// TestGiveWay: a place is made only where there is none, and only by a session that is
// not in use.
func TestGiveWay(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		name  string
		limit int
		idle  []time.Duration // of each session
		want  string
	}{
		{"there are places", 4, []time.Duration{time.Hour, time.Minute, 0}, ""},
		{"the least recently used", 3, []time.Duration{time.Minute, time.Hour, 0}, "1"},
		{"all are in use", 3, []time.Duration{0, 9 * time.Second, time.Second}, ""},
	} {
		m := New[*session](c.limit)
		for i, idle := range c.idle {
			m.Put(&session{fmt.Sprint(i), now.Add(-idle)})
		}
		got := ""
		if x, ok := m.GiveWay(now); ok {
			got = x.id
			if m.Get(got) != nil || m.Full() {
				t.Errorf("%s: the place is not free", c.name)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q gives way, want %q", c.name, got, c.want)
		}
	}
}

// TestSweep: sessions that were not asked for within their time are dropped, and no others.
func TestSweep(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := New[*session](10)
	for i, idle := range []time.Duration{0, time.Hour, time.Hour + 1, 2 * time.Hour} {
		m.Put(&session{fmt.Sprint(i), now.Add(-idle)})
	}
	first := m.Get("0")
	if m.Put(&session{"0", now}) != first {
		t.Error("a session takes the place of another with its id")
	}
	if n := len(m.Sweep(now)); n != 2 || m.Count() != 2 {
		t.Errorf("%d sessions are dropped, %d stay, want 2 and 2", n, m.Count())
	}
	for x := range m.All() {
		if x.Expired(now) {
			t.Errorf("session %s stays", x.id)
		}
	}
}

// TestAbsent: an id that is in no store is remembered for a moment.
func TestAbsent(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := New[*session](10)
	m.Missing("x", now)
	for after, want := range map[time.Duration]bool{0: true, unknownRemains - 1: true, unknownRemains: false} {
		if got := m.Absent("x", now.Add(after)); got != want {
			t.Errorf("after %v it is known to be absent: %v, want %v", after, got, want)
		}
	}
	if m.Absent("y", now) {
		t.Error("what was not looked for is absent")
	}
}
