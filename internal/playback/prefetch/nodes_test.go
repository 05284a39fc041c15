package prefetch

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// TestNodesScheduleOneName: of two nodes that create a schedule of one name, one is
// told that it is taken, whether or not it has heard of the other's.
func TestNodesScheduleOneName(t *testing.T) {
	now, docs := prefetchNow, newShelves()
	one, other := scheduled(t, docs, &now), scheduled(t, docs, &now)
	configure(t, one, "news")
	for _, name := range []string{"before", "between"} {
		mine, theirs := schedule(t, "news", name, "one", 0, 5, 30, now), schedule(t, "news", name, "other", 0, 5, 30, now)
		if name == "before" {
			create(t, other, theirs)
		} else {
			docs[kind].First = func() { create(t, other, theirs) }
		}
		err := one.Create(t.Context(), mine)
		if _, taken := errors.AsType[*ExistsError](err); !taken {
			t.Errorf("%s: %v", name, err)
		}
		if p, err := one.Schedule("news", name); err != nil || p.StreamID != "other" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// TestNodesSweep: a node that sweeps old schedules leaves one that another node has
// made anew under the same name.
func TestNodesSweep(t *testing.T) {
	now, docs := prefetchNow, newShelves()
	one, other := scheduled(t, docs, &now), scheduled(t, docs, &now)
	configure(t, one, "news")
	create(t, one, schedule(t, "news", "p", "", 0, 5, 30, now))
	now = time.Unix(minute(31), 0).Add(kept)
	fresh := func(name string) *Schedule {
		p, err := Parse("news", name, fmt.Appendf(nil, `{"Retrieval":{"EndTime":%[1]d},"Consumption":{"EndTime":%[1]d}}`, now.Unix()+60), now)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	create(t, other, fresh("p"))
	create(t, one, fresh("q"))
	for i, s := range []*Schedules{one, scheduled(t, docs, &now)} {
		for _, name := range []string{"p", "q"} {
			if _, err := s.Schedule("news", name); err != nil {
				t.Errorf("node %d: %v", i, err)
			}
		}
	}
}
