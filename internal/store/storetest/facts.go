package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
)

func fact(key, value string) avail.Fact { return avail.Fact{Key: key, Value: []byte(value)} }

func (h *harness) facts(t *testing.T, owner string) string {
	t.Helper()
	list, err := h.Load(t.Context(), owner)
	check(t, err)
	var s []string
	for _, f := range list {
		s = append(s, f.Key+"="+string(f.Value))
	}
	return strings.Join(s, " ")
}

func (h *harness) expectFacts(t *testing.T, owner, want string) {
	t.Helper()
	if got := h.facts(t, owner); got != want {
		t.Errorf("facts of %s are %q, want %q", owner, got, want)
	}
}

func testCreate(t *testing.T, h *harness) {
	got, err := h.Create(t.Context(), "o", time.Hour, fact("a", "1"), avail.Fact{Key: "b"})
	check(t, err)
	if len(got) != 2 || string(got[0]) != "1" || len(got[1]) != 0 {
		t.Errorf("created %q", got)
	}
	got, err = h.Create(t.Context(), "o", time.Hour, fact("c", "3"), fact("a", "other"))
	check(t, err)
	if string(got[0]) != "3" || string(got[1]) != "1" {
		t.Errorf("a second writer read %q, want the first one's a", got)
	}
	h.expectFacts(t, "o", "a=1 b= c=3")
	h.expectFacts(t, "other", "")
}

func testCreateRace(t *testing.T, h *harness) {
	seen := make([]string, 100)
	together(len(seen), func(i int) {
		got, err := h.Create(context.Background(), "o", time.Hour, fact("k", fmt.Sprint(i)))
		if err != nil {
			t.Error(err)
			return
		}
		seen[i] = string(got[0])
	})
	for i, s := range seen {
		if s != seen[0] || s == "" {
			t.Errorf("writer %d read %q, writer 0 %q", i, s, seen[0])
		}
	}
	h.expectFacts(t, "o", "k="+seen[0])
}

func testLoadOrder(t *testing.T, h *harness) {
	var want []string
	for i := range 50 {
		key := fmt.Sprintf("k%d", (i*37)%50)
		_, err := h.Create(t.Context(), "o", time.Hour, fact(key, "x"))
		check(t, err)
		_, err = h.Create(t.Context(), "p", time.Hour, fact(key, "y"))
		check(t, err)
		want = append(want, key+"=x")
	}
	h.expectFacts(t, "o", strings.Join(want, " "))
}

// testExpiry: an owner that has expired is as if it had never been, whether or
// not anybody has swept it away.
func testExpiry(t *testing.T, h *harness) {
	_, err := h.Create(t.Context(), "o", time.Minute, fact("a", "old"))
	check(t, err)
	_, _, err = h.Advance(t.Context(), "o", "r", 7, []byte("old"))
	check(t, err)
	_, err = h.Create(t.Context(), "kept", 0, fact("a", "1"))
	check(t, err)
	h.clock.Add(59 * time.Minute)
	h.expectFacts(t, "o", "a=old") // a register keeps its owner for an hour
	h.clock.Add(2 * time.Minute)
	h.expectFacts(t, "o", "")
	if rank, v, err := h.Advance(t.Context(), "o", "r", 0, nil); rank != 0 || v != nil || err != nil {
		t.Errorf("expired register is %d %q, %v", rank, v, err)
	}
	check(t, h.Touch(t.Context(), "o", time.Hour))
	h.expectFacts(t, "o", "") // touching revives nothing
	got, err := h.Create(t.Context(), "o", time.Minute, fact("b", "new"))
	check(t, err)
	if string(got[0]) != "new" {
		t.Errorf("created %q", got[0])
	}
	h.expectFacts(t, "o", "b=new")
	if rank, _, err := h.Advance(t.Context(), "o", "r", 3, []byte("new")); rank != 3 || err != nil {
		t.Errorf("the new owner's register is %d, %v", rank, err)
	}
	h.clock.Add(10 * 365 * 24 * time.Hour)
	h.expectFacts(t, "kept", "a=1")
}

// testRecall: what an expired owner had can be recalled while beacons of it may
// be sent, and is not loaded.
func testRecall(t *testing.T, h *harness) {
	_, err := h.Create(t.Context(), "o", time.Minute, fact("a", "1"), fact("b", "2"))
	check(t, err)
	want := func(what string, n int) {
		t.Helper()
		got, err := h.Recall(t.Context(), "o")
		check(t, err)
		if len(got) != n {
			t.Errorf("%s: recalled %d facts, want %d", what, len(got), n)
		}
	}
	want("live", 2)
	h.clock.Add(62 * time.Minute)
	h.expectFacts(t, "o", "")
	want("an hour after its end", 2)
	h.clock.Add(20 * time.Minute)
	want("long after its end", 0)
	got, err := h.Recall(t.Context(), "nobody")
	check(t, err)
	if len(got) != 0 {
		t.Errorf("recalled %d facts of nobody", len(got))
	}
}

func testTouch(t *testing.T, h *harness) {
	_, err := h.Create(t.Context(), "o", time.Minute, fact("a", "1"))
	check(t, err)
	h.clock.Add(50 * time.Second)
	check(t, h.Touch(t.Context(), "o", time.Minute))
	h.clock.Add(50 * time.Second)
	h.expectFacts(t, "o", "a=1")
	_, err = h.Create(t.Context(), "o", time.Minute, fact("b", "2")) // keeps it, too
	check(t, err)
	h.clock.Add(50 * time.Second)
	h.expectFacts(t, "o", "a=1 b=2")
	h.clock.Add(11 * time.Second)
	h.expectFacts(t, "o", "")
	check(t, h.Touch(t.Context(), "nobody", time.Minute))

	_, err = h.Create(t.Context(), "long", time.Hour, fact("a", "1"))
	check(t, err)
	_, err = h.Create(t.Context(), "long", time.Minute, fact("b", "2")) // shortens nothing
	check(t, err)
	h.clock.Add(30 * time.Minute)
	h.expectFacts(t, "long", "a=1 b=2")
	_, err = h.Create(t.Context(), "ever", 0, fact("a", "1"))
	check(t, err)
	check(t, h.Touch(t.Context(), "ever", time.Minute))
	h.clock.Add(time.Hour)
	h.expectFacts(t, "ever", "a=1")
}

func testAdvance(t *testing.T, h *harness) {
	for _, c := range []struct {
		rank  int64
		value string
		want  int64
		got   string
	}{
		{0, "", 0, ""}, {5, "five", 5, "five"}, {4, "four", 5, "five"}, {5, "again", 5, "five"},
		{0, "", 5, "five"}, {9, "nine", 9, "nine"}, {1 << 50, "", 1 << 50, ""},
	} {
		var v []byte
		if c.value != "" {
			v = []byte(c.value)
		}
		rank, got, err := h.Advance(t.Context(), "o", "k", c.rank, v)
		if err != nil || rank != c.want || string(got) != c.got {
			t.Errorf("advance to %d: %d %q, %v; want %d %q", c.rank, rank, got, err, c.want, c.got)
		}
	}
	if rank, _, err := h.Advance(t.Context(), "o", "other", 0, nil); rank != 0 || err != nil {
		t.Errorf("another key: %d, %v", rank, err)
	}
	h.expectFacts(t, "o", "") // registers are no facts
}

func testAdvanceRace(t *testing.T, h *harness) {
	together(64, func(i int) {
		rank, v, err := h.Advance(context.Background(), "o", "k", int64(i+1), []byte(fmt.Sprint(i+1)))
		if err != nil || rank < int64(i+1) || fmt.Sprint(rank) != string(v) {
			t.Errorf("advance to %d: %d %q, %v", i+1, rank, v, err)
		}
	})
	if rank, v, err := h.Advance(t.Context(), "o", "k", 0, nil); rank != 64 || string(v) != "64" || err != nil {
		t.Errorf("ends at %d %q, %v", rank, v, err)
	}
}
