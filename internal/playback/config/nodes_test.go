package config

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

// TestNodesChangeOneConfiguration: nodes that change one configuration at once lose
// none of the changes, though each knows of the others' only from the store.
func TestNodesChangeOneConfiguration(t *testing.T) {
	m := memoryStore()
	one, other := open(t, m), open(t, m)
	put(t, one, `{"Name":"news","SlateAdUrl":"http://a.example/1"}`)
	arn := here.ARN("news")
	// The other node's change comes between this one's reading and its writing.
	logs, err := ParseLogsRequest([]byte(`{"PlaybackConfigurationName":"news","PercentEnabled":7}`))
	if err != nil {
		t.Fatal(err)
	}
	m.First = func() {
		if err := other.ConfigureLogs(t.Context(), logs); err != nil {
			t.Error(err)
		}
	}
	if err := one.Tag(t.Context(), arn, map[string]string{"k": "v"}); err != nil {
		t.Fatal(err)
	}
	for i, s := range []*Configurations{one, other, open(t, m)} {
		if err := s.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		c, err := s.Configuration("news")
		if err != nil || c.Log == nil || c.Log.PercentEnabled != 7 || c.Tags["k"] != "v" || c.SlateAdURL != "http://a.example/1" {
			t.Errorf("node %d: %+v, %v", i, c, err)
		}
	}
}

// TestNodesRace: tags that many nodes add at once are all there.
func TestNodesRace(t *testing.T) {
	m := memoryStore()
	put(t, open(t, m), `{"Name":"news"}`)
	var wg sync.WaitGroup
	for i := range 8 {
		s := open(t, m)
		wg.Go(func() {
			for k := range 4 {
				if err := s.Tag(t.Context(), here.ARN("news"), map[string]string{fmt.Sprintf("%d-%d", i, k): "v"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	c, err := open(t, m).Configuration("news")
	if err != nil || len(c.Tags) != 32 {
		t.Errorf("%d tags are there, %v, want 32", len(c.Tags), err)
	}
}

// TestChangeOfAnUnknownConfiguration: a node changes and deletes what another has
// made, before it has heard of it.
func TestChangeOfAnUnknownConfiguration(t *testing.T) {
	m := memoryStore()
	one, other := open(t, m), open(t, m)
	put(t, one, `{"Name":"news"}`)
	if err := other.Tag(t.Context(), here.ARN("news"), map[string]string{"k": "v"}); err != nil {
		t.Error(err)
	}
	if err := one.Delete(t.Context(), "news"); err != nil {
		t.Error(err)
	}
	if err := other.Delete(t.Context(), "news"); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	put(t, other, `{"Name":"news"}`)
	if c := put(t, one, `{"Name":"news"}`); len(c.Tags) != 0 {
		t.Errorf("a new configuration inherits tags: %v", c.Tags)
	}
}
