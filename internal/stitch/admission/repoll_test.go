package admission

import (
	"strconv"
	"testing"
	"time"
)

// TestRepolls: a player that never asks for its session's own URL but by redirect keeps
// its session; one that does begins a new one (field failure B-46).
func TestRepolls(t *testing.T) {
	var r Repolls
	now := time.Unix(1000, 0)
	if got := r.Find("k", now); got != "" {
		t.Errorf("found %q in nothing", got)
	}
	r.Began("k", "a", now)
	for range 5 { // first URL, redirect, session's URL
		r.Polled("a")
		now = now.Add(4 * time.Second)
		if got := r.Find("k", now); got != "a" {
			t.Fatalf("found %q", got)
		}
	}
	r.Polled("a")
	r.Polled("a")
	if got := r.Find("k", now); got != "" {
		t.Errorf("found %q, but its player knows its URL", got)
	}
	r.Began("k", "b", now)
	if got := r.Find("k", now.Add(2*repollFor)); got != "" {
		t.Errorf("found %q after a long time", got)
	}
	for i := range 3 * maxRepolls {
		r.Began(strconv.Itoa(i), "c"+strconv.Itoa(i), now)
	}
	if len(r.requests) > maxRepolls || len(r.sessions) != len(r.requests) {
		t.Errorf("%d sessions of %d requests are kept in mind", len(r.sessions), len(r.requests))
	}
}
