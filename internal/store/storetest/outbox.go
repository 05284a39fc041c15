package storetest

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/storetest/harness"
)

// Outbox is an outbox under test.
type Outbox interface {
	store.Outbox
	Close() error
}

// RunOutbox tests the contract store.Outbox. begin starts a test with empty data;
// what it returns opens a store over that data, each time it is called.
func RunOutbox(t *testing.T, begin func(t *testing.T) func(*testing.T, *harness.Clock) Outbox) {
	t.Helper()
	harness.Run(t, begin, func(h *harness.Harness[Outbox]) *outbox { return &outbox{h, h.Store} }, []harness.Case[*outbox]{
		{Name: "widen", Run: testWiden},
		{Name: "widen race", Run: testWidenRace},
		{Name: "claim", Run: testClaim},
		{Name: "claim race", Run: testClaimRace},
		{Name: "claim race of nodes", Run: testClaimNodes},
		{Name: "take over", Run: testTakeOverClaims},
		{Name: "settle too late", Run: testSettleTooLate},
		{Name: "settle", Run: testSettle},
		{Name: "settle while widened", Run: testSettleWhileWidened},
		{Name: "attempts", Run: testAttempts},
		{Name: "backlog", Run: testBacklog},
		{Name: "reopen", Run: testReopenOutbox},
	})
}

// outbox is an outbox under test with its clock.
type outbox struct {
	*harness.Harness[Outbox]
	store.Outbox
}

const (
	keep  = 24 * time.Hour
	lease = time.Minute
)

func (h *outbox) trigger(session string, e avail.Events) avail.Trigger {
	return avail.Trigger{Session: session, Avail: avail.Key{Epoch: 1, Sequence: 100}, Ad: 2, Events: e, At: h.Clock.Now().UnixMicro()}
}

func (h *outbox) widen(t *testing.T, x avail.Trigger, want avail.Events) {
	t.Helper()
	got, err := h.Widen(t.Context(), x, keep)
	harness.Check(t, err)
	if got != want {
		t.Errorf("widening by %v added %v, want %v", x.Events.Names(), got.Names(), want.Names())
	}
}

// claim expects triggers of these sessions, in order.
func (h *outbox) claim(t *testing.T, want ...string) []store.Claim {
	t.Helper()
	list, err := h.Pending(t.Context(), 100, lease)
	harness.Check(t, err)
	var got []string
	for _, x := range list {
		got = append(got, x.Session)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("claimed %v, want %v", got, want)
	}
	return list
}

// testWiden: "adds events to a trigger and returns the new ones"; "its time is that
// of the latest widening".
func testWiden(t *testing.T, h *outbox) {
	x := h.trigger("s", avail.Impression|avail.Start)
	h.widen(t, x, avail.Impression|avail.Start)
	h.widen(t, x, 0)
	x.Events = avail.Start | avail.Midpoint
	h.Clock.Add(10 * time.Second)
	x.At = h.Clock.Now().UnixMicro()
	h.widen(t, x, avail.Midpoint)
	other := x
	other.Ad++
	h.widen(t, other, other.Events)
	other = x
	other.Avail.Epoch++
	h.widen(t, other, other.Events)
	list := h.claim(t, "s", "s", "s")
	var found bool
	for _, got := range list {
		want := x
		want.Events = avail.Impression | avail.Start | avail.Midpoint
		found = found || got.Trigger == want
	}
	if !found {
		t.Errorf("the widened trigger is not among %+v", list)
	}
}

// testWidenRace: "each event MUST be new to one caller only".
func testWidenRace(t *testing.T, h *outbox) {
	var mu sync.Mutex
	added := map[avail.Events]int{}
	// 56 events: those of progress are the highest bits.
	const all = avail.Events(1<<56 - 1)
	harness.Together(112, func(i int) {
		e := avail.Impression | avail.Events(1)<<(i%56)
		got, err := h.Widen(context.Background(), h.trigger("s", e), keep)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for bit := range got.Each() {
			added[bit]++
		}
	})
	for bit := range all.Each() {
		if added[bit] != 1 {
			t.Errorf("%s (%d) was added %d times", bit.Name(), bit, added[bit])
		}
	}
}

// testClaim: "they MUST NOT be given to another caller before lease is over, also
// when they are widened meanwhile, and MUST be given to the next one after that".
func testClaim(t *testing.T, h *outbox) {
	h.widen(t, h.trigger("a", avail.Start), avail.Start)
	h.Clock.Add(time.Second)
	h.widen(t, h.trigger("b", avail.Start), avail.Start)
	one, err := h.Pending(t.Context(), 1, lease)
	harness.Check(t, err)
	if len(one) != 1 || one[0].Session != "a" {
		t.Fatalf("claimed %+v, want the oldest", one)
	}
	h.claim(t, "b")
	h.claim(t)
	h.widen(t, h.trigger("a", avail.Complete), avail.Complete)
	h.claim(t) // widening gives nobody a claimed trigger
	h.Clock.Add(lease - time.Second)
	h.claim(t)
	h.Clock.Add(2 * time.Second)
	h.claim(t, "a", "b") // the senders have died
}

// testClaimRace: no trigger is given to two callers.
func testClaimRace(t *testing.T, h *outbox) { claimRace(t, h, h.Outbox) }

// testClaimNodes: the same, where the callers are on three nodes.
func testClaimNodes(t *testing.T, h *outbox) {
	claimRace(t, h, h.Outbox, h.Another(t), h.Another(t))
}

func claimRace(t *testing.T, h *outbox, nodes ...store.Outbox) {
	t.Helper()
	for i := range 60 {
		h.widen(t, h.trigger(fmt.Sprint(i), avail.Start), avail.Start)
	}
	var mu sync.Mutex
	seen := map[string]int{}
	harness.Together(12, func(i int) {
		list, err := nodes[i%len(nodes)].Pending(context.Background(), 10, lease)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, x := range list {
			seen[x.Session]++
		}
	})
	for s, n := range seen {
		if n != 1 {
			t.Errorf("%s was claimed %d times", s, n)
		}
	}
	if len(seen) != 60 {
		t.Errorf("%d were claimed, want 60", len(seen))
	}
}

// testTakeOverClaims: what a node has claimed that dies is given to another, with what
// was tried, and is not settled by anybody before.
func testTakeOverClaims(t *testing.T, h *outbox) {
	other := h.Another(t)
	h.widen(t, h.trigger("s", avail.Impression|avail.Start), avail.Impression|avail.Start)
	dead, err := other.Pending(t.Context(), 10, lease)
	harness.Check(t, err)
	tried := store.Attempt{Event: avail.Impression, URL: "http://a/", Count: 1, Done: true}
	harness.Check(t, other.Settle(t.Context(), dead[0], avail.Impression, []store.Attempt{tried}, h.Clock.Now().UnixMicro()))
	if _, err = other.Pending(t.Context(), 10, lease); err != nil {
		t.Fatal(err)
	}
	h.claim(t)
	h.Clock.Add(lease)
	x := h.claim(t, "s")[0]
	got, err := h.Attempts(t.Context(), x.Trigger)
	harness.Check(t, err)
	if x.Events != avail.Start || len(got) != 1 || !same(got[0], tried) {
		t.Errorf("taken over with %v unsent, tried %+v", x.Events.Names(), got)
	}
}

// testSettleTooLate: "where the claim was over and another caller has the trigger, what
// is sent and tried MUST be kept all the same, and the claim of the other MUST stay".
func testSettleTooLate(t *testing.T, h *outbox) {
	all := avail.Impression | avail.Start | avail.Complete
	h.widen(t, h.trigger("s", all), all)
	slow := h.claim(t, "s")[0]
	h.Clock.Add(lease + time.Second)
	second := h.claim(t, "s")[0]
	if second.Until <= slow.Until {
		t.Errorf("the second claim ends at %d, the first at %d", second.Until, slow.Until)
	}
	failed := store.Attempt{Event: avail.Start, URL: "http://b/?a=b c", Count: 1, Due: 123}
	harness.Check(t, h.Settle(t.Context(), slow, avail.Impression, []store.Attempt{failed}, h.Clock.Now().UnixMicro()))
	h.claim(t) // nobody else gets it
	got, err := h.Attempts(t.Context(), second.Trigger)
	harness.Check(t, err)
	if len(got) != 1 || !same(got[0], failed) {
		t.Errorf("the late settlement left attempts %+v", got)
	}
	harness.Check(t, h.Settle(t.Context(), second, avail.Start, nil, h.Clock.Now().UnixMicro()))
	if x := h.claim(t, "s")[0]; x.Events != avail.Complete {
		t.Errorf("unsent are %v, want complete", x.Events.Names())
	}
	harness.Check(t, h.Settle(t.Context(), second, avail.Complete, nil, 0)) // its claim is over
	h.Clock.Add(2 * lease)
	h.claim(t)
}

// testSettle: "the trigger MUST be kept until all of its events are sent, and for
// ttl at least, so that an event that was sent is not new again".
func testSettle(t *testing.T, h *outbox) {
	h.widen(t, h.trigger("s", avail.Impression|avail.Start), avail.Impression|avail.Start)
	x := h.claim(t, "s")[0]
	due := h.Clock.Now().Add(10 * time.Second)
	harness.Check(t, h.Settle(t.Context(), x, avail.Impression, nil, due.UnixMicro()))
	h.claim(t)
	h.Clock.Add(10 * time.Second)
	x = h.claim(t, "s")[0]
	if x.Events != avail.Start {
		t.Errorf("unsent are %v, want start", x.Events.Names())
	}
	harness.Check(t, h.Settle(t.Context(), x, avail.Start, nil, 0))
	h.Clock.Add(2 * lease)
	h.claim(t)
	h.widen(t, h.trigger("s", avail.Impression|avail.Start), 0) // what was sent is remembered
	h.claim(t)
	h.widen(t, h.trigger("s", avail.Complete), avail.Complete)
	if x = h.claim(t, "s")[0]; x.Events != avail.Complete {
		t.Errorf("unsent are %v, want complete", x.Events.Names())
	}
	harness.Check(t, h.Settle(t.Context(), store.Claim{Trigger: h.trigger("nobody", avail.Start)}, avail.Start, nil, 0))
	h.claim(t)
}

// testSettleWhileWidened: "if the trigger was widened since it was claimed, it MUST
// be due at once".
func testSettleWhileWidened(t *testing.T, h *outbox) {
	for _, sent := range []avail.Events{avail.Start, 0} {
		name := fmt.Sprint(sent)
		h.widen(t, h.trigger(name, avail.Start), avail.Start)
		x := h.claim(t, name)[0]
		h.widen(t, h.trigger(name, avail.Midpoint), avail.Midpoint)
		harness.Check(t, h.Settle(t.Context(), x, sent, nil, h.Clock.Now().Add(time.Hour).UnixMicro()))
		x = h.claim(t, name)[0]
		if want := (avail.Start | avail.Midpoint) &^ sent; x.Events != want {
			t.Errorf("unsent are %v, want %v", x.Events.Names(), want.Names())
		}
	}
}

// testAttempts: "they are kept until all of its events are sent".
func testAttempts(t *testing.T, h *outbox) {
	h.widen(t, h.trigger("s", avail.Impression|avail.Start), avail.Impression|avail.Start)
	x := h.claim(t, "s")[0]
	expect := func(want ...store.Attempt) {
		t.Helper()
		got, err := h.Attempts(t.Context(), x.Trigger)
		harness.Check(t, err)
		byURL := map[string]store.Attempt{}
		for _, a := range got {
			byURL[a.URL] = a
		}
		if len(got) != len(want) {
			t.Errorf("%d attempts, want %d", len(got), len(want))
		}
		for _, a := range want {
			if !reflect.DeepEqual(byURL[a.URL], a) {
				t.Errorf("got %+v, want %+v", byURL[a.URL], a)
			}
		}
	}
	expect()
	done := store.Attempt{Event: avail.Impression, URL: "http://a/", Count: 1, Done: true}
	failed := store.Attempt{Event: avail.Start, URL: "http://b/?a=b c", Count: 1, Due: 123}
	harness.Check(t, h.Settle(t.Context(), x, avail.Impression, []store.Attempt{done, failed}, h.Clock.Now().UnixMicro()))
	expect(done, failed)
	x = h.claim(t, "s")[0]
	failed.Count, failed.Due = 2, 456
	harness.Check(t, h.Settle(t.Context(), x, 0, []store.Attempt{failed}, h.Clock.Now().UnixMicro()))
	expect(done, failed)
	x = h.claim(t, "s")[0]
	harness.Check(t, h.Settle(t.Context(), x, avail.Start, nil, 0))
	expect() // kept per URL only while something is unsent
}

// testBacklog: "claimed ones included".
func testBacklog(t *testing.T, h *outbox) {
	expect := func(want int, oldest int64) {
		t.Helper()
		n, at, err := h.Backlog(t.Context())
		if n != want || at != oldest || err != nil {
			t.Errorf("backlog %d since %d, %v; want %d since %d", n, at, err, want, oldest)
		}
	}
	expect(0, 0)
	first := h.Clock.Now().UnixMicro()
	h.widen(t, h.trigger("a", avail.Start), avail.Start)
	h.Clock.Add(time.Second)
	second := h.Clock.Now().UnixMicro()
	h.widen(t, h.trigger("b", avail.Start), avail.Start)
	expect(2, first)
	list := h.claim(t, "a", "b")
	expect(2, first) // claimed is not sent
	harness.Check(t, h.Settle(t.Context(), list[0], avail.Start, nil, 0))
	expect(1, second)
	harness.Check(t, h.Settle(t.Context(), list[1], avail.Start, nil, 0))
	expect(0, 0)
}

// testReopenOutbox: triggers, what was sent of them and claims are durable.
func testReopenOutbox(t *testing.T, h *outbox) {
	h.widen(t, h.trigger("sent", avail.Start), avail.Start)
	h.Clock.Add(time.Millisecond)
	h.widen(t, h.trigger("due", avail.Start), avail.Start)
	harness.Check(t, h.Settle(t.Context(), h.claim(t, "sent", "due")[0], avail.Start, nil, 0))
	h.Reopen(t)
	h.Outbox = h.Store
	h.widen(t, h.trigger("sent", avail.Start), 0)
	h.claim(t)
	h.Clock.Add(lease)
	h.claim(t, "due")
}

// same is whether two attempts are the same, but for what they add to roll-ups.
func same(a, b store.Attempt) bool {
	a.Adds, b.Adds = nil, nil
	return reflect.DeepEqual(a, b)
}
