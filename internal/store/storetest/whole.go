package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stitcher/internal/avail"
)

func testReopen(t *testing.T, h *harness) {
	ctx := t.Context()
	_, err := h.Create(ctx, "o", time.Hour, fact("a", "1"), fact("b", "2"))
	check(t, err)
	_, _, err = h.Advance(ctx, "o", "r", 3, []byte("three"))
	check(t, err)
	check(t, h.PutDocument(ctx, "k", "id", []byte("doc")))
	h.widen(t, h.trigger("sent", avail.Start), avail.Start)
	h.widen(t, h.trigger("due", avail.Start), avail.Start)
	check(t, h.Settle(ctx, h.claim(t, "sent", "due")[0], avail.Start, nil, 0))

	h.reopen(t)
	h.expectFacts(t, "o", "a=1 b=2")
	if rank, v, err := h.Advance(ctx, "o", "r", 0, nil); rank != 3 || string(v) != "three" || err != nil {
		t.Errorf("register is %d %q, %v", rank, v, err)
	}
	if doc, err := h.Document(ctx, "k", "id"); string(doc) != "doc" || err != nil {
		t.Errorf("document is %q, %v", doc, err)
	}
	h.widen(t, h.trigger("sent", avail.Start), 0)
	h.claim(t)
	h.clock.Add(lease)
	h.claim(t, "due")
	_, err = h.Create(ctx, "o", time.Hour, fact("c", "3"))
	check(t, err)
	h.expectFacts(t, "o", "a=1 b=2 c=3")
}

// testCancelled: viewers hang up at any time. Nobody else's write suffers, and
// one that was begun is whole.
func testCancelled(t *testing.T, h *harness) {
	together(100, func(i int) {
		ctx, cancel := context.WithCancel(context.Background())
		owner := fmt.Sprint(i)
		if i%2 == 0 {
			go cancel()
		}
		_, err := h.Create(ctx, owner, time.Hour, fact("a", owner), fact("b", owner))
		if i%2 == 1 && err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
		cancel()
	})
	_, err := h.Create(t.Context(), "last", time.Hour, fact("a", "1"))
	check(t, err)
	for i := range 100 {
		got, whole := h.facts(t, fmt.Sprint(i)), fmt.Sprintf("a=%d b=%d", i, i)
		if got != whole && (i%2 == 1 || got != "") {
			t.Errorf("writer %d left %q", i, got)
		}
	}
}
