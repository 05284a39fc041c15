package bucket

import (
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestTake: a burst is taken at once, then the rate; keys do not share tokens.
func TestTake(t *testing.T) {
	table := New[string](4, 10, 100)
	now := start
	for i := range 10 {
		if wait := table.Take("a", now); wait != 0 {
			t.Fatalf("event %d of the burst has to wait for %v", i, wait)
		}
	}
	if wait := table.Take("a", now); wait != 250*time.Millisecond {
		t.Errorf("the first event after the burst has to wait for %v", wait)
	}
	if wait := table.Take("b", now); wait != 0 {
		t.Errorf("another key has to wait for %v", wait)
	}
	taken := 0
	for range 1000 { // ten seconds, asked for 100 times per second
		now = now.Add(10 * time.Millisecond)
		if table.Take("a", now) == 0 {
			taken++
		}
	}
	if taken != 40 {
		t.Errorf("%d events are taken in ten seconds, want 40", taken)
	}
	now = now.Add(time.Hour)
	for i := range 11 {
		if wait := table.Take("a", now); (wait == 0) != (i < 10) {
			t.Errorf("an hour later event %d has to wait for %v", i, wait)
		}
	}
}

// TestKeysAreBounded: many keys take no more room than was said, and one that is used
// all the time is not forgotten for them.
func TestKeysAreBounded(t *testing.T) {
	const keys = 1000
	table := New[int](1, 60, keys)
	now := start
	for range 60 {
		table.Take(-1, now)
	}
	for i := range 20 * keys {
		table.Take(i, now)
		if i%100 == 0 && table.Take(-1, now) == 0 {
			t.Fatalf("after %d other keys a bucket is full again", i)
		}
		if n := table.Len(); n > keys {
			t.Fatalf("the table has %d keys, %d are the most", n, keys)
		}
	}
	table.Take(-1, now.Add(time.Minute))
	table.Take(-1, now.Add(2*time.Minute))
	if n := table.Len(); n != 1 {
		t.Errorf("%d buckets are kept that are full", n-1)
	}
}

// TestClockSetBack: a bucket fills again however far the clock went back.
func TestClockSetBack(t *testing.T) {
	table := New[int](10, 20, 10)
	for range 21 {
		table.Take(1, start)
	}
	now := start.Add(-time.Hour)
	if table.Take(1, now) == 0 {
		t.Error("setting the clock back fills a bucket")
	}
	if wait := table.Take(1, now.Add(time.Second)); wait != 0 {
		t.Errorf("a second later an event has to wait for %v", wait)
	}
}

// TestNoBound: a rate of 0 is none.
func TestNoBound(t *testing.T) {
	table := New[int](0, 1, 1)
	for range 100 {
		if table.Take(1, start) != 0 || table.Len() != 0 {
			t.Fatal("an event has to wait")
		}
	}
}
