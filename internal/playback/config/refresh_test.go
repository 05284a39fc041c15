package config

import (
	"errors"
	"testing"

	"stitcher/internal/playback/playbacktest"
)

// Another node's changes show after Refresh, and a store that fails takes
// nothing away.
func TestRefresh(t *testing.T) {
	m := memoryStore()
	one, other := open(t, m), open(t, m)
	put(t, one, `{"Name":"news","SlateAdUrl":"http://a.example/1"}`)
	if _, err := other.Configuration("news"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("err = %v before the refresh", err)
	}
	if err := other.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, err := other.Configuration("news"); err != nil || c.SlateAdURL != "http://a.example/1" {
		t.Fatalf("%+v, %v after the refresh", c, err)
	}
	if err := one.Delete(t.Context(), "news"); err != nil {
		t.Fatal(err)
	}
	m.Broken.Store(true)
	if err := other.Refresh(t.Context()); !errors.Is(err, playbacktest.ErrBroken) {
		t.Errorf("err = %v", err)
	}
	if _, err := other.Configuration("news"); err != nil {
		t.Errorf("a failed refresh takes away: %v", err)
	}
	m.Broken.Store(false)
	if err := other.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Configuration("news"); !errors.Is(err, ErrNotFound) {
		t.Errorf("err = %v after the deletion", err)
	}
}
