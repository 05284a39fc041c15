// Package facts is the conformance suite of the contract store.Facts.
// Each case names the sentence of the contract that it tests.
package facts

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/storetest/harness"
)

// Store is a store of facts under test.
type Store interface {
	store.Facts
	Close() error
}

// Run tests the contract store.Facts. begin starts a test with empty data; what
// it returns opens a store over that data, each time it is called.
func Run(t *testing.T, begin func(t *testing.T) func(*testing.T, *harness.Clock) Store) {
	t.Helper()
	harness.Run(t, begin, func(h *harness.Harness[Store]) *suite { return &suite{h, h.Store} }, []harness.Case[*suite]{
		{Name: "create", Run: testCreate},
		{Name: "create race", Run: testCreateRace},
		{Name: "all or nothing", Run: testAllOrNothing},
		{Name: "copies", Run: testCopies},
		{Name: "since", Run: testSince},
		{Name: "since while others write", Run: testSinceWhileWritten},
		{Name: "append", Run: testAppend},
		{Name: "append race", Run: testAppendRace},
		{Name: "append race of nodes", Run: testAppendNodes},
		{Name: "append and create race", Run: testAppendAndCreate},
		{Name: "ranks", Run: testRanks},
		{Name: "rank race", Run: testRankRace},
		{Name: "get", Run: testGet},
		{Name: "newest", Run: testNewest},
		{Name: "drop", Run: testDrop},
		{Name: "expiry", Run: testExpiry},
		{Name: "expires", Run: testExpires},
		{Name: "a later owner", Run: testLaterOwner},
		{Name: "recall", Run: testRecall},
		{Name: "touch", Run: testTouch},
		{Name: "touch many", Run: testTouchMany},
		{Name: "for ever", Run: testForEver},
		{Name: "reopen", Run: testReopenFacts},
		{Name: "cancelled", Run: testCancelled},
	})
}

// suite is a store under test with its clock.
type suite struct {
	*harness.Harness[Store]
	store.Facts
}

func (h *suite) reopen(t *testing.T) {
	t.Helper()
	h.Harness.Reopen(t)
	h.Facts = h.Store
}

func fact(key, value string) avail.Fact { return avail.Fact{Key: key, Value: []byte(value)} }

func ranked(key string, rank int64, value string) avail.Fact {
	return avail.Fact{Key: key, Value: []byte(value), Rank: rank}
}

func (h *suite) create(t *testing.T, owner string, ttl time.Duration, list ...avail.Fact) []avail.Fact {
	t.Helper()
	stored, err := h.Create(t.Context(), owner, ttl, list...)
	harness.Check(t, err)
	if len(stored) != len(list) {
		t.Fatalf("%d facts are answered to a creation of %d", len(stored), len(list))
	}
	return stored
}

func text(list []avail.Fact) string {
	var s []string
	for _, f := range list {
		s = append(s, f.Key+"="+string(f.Value))
	}
	return strings.Join(s, " ")
}

// since reads an owner, and expects each fact at a higher revision than the one
// before, up to that of the owner.
func (h *suite) since(t *testing.T, owner string, rev int64) ([]avail.Fact, int64) {
	t.Helper()
	list, now, err := h.Since(t.Context(), owner, rev)
	harness.Check(t, err)
	ordered(t, list, rev, now)
	return list, now
}

func ordered(t *testing.T, list []avail.Fact, rev, now int64) {
	t.Helper()
	for _, f := range list {
		if f.Rev <= rev || f.Rev > now {
			t.Errorf("%s is at revision %d, after %d of an owner at %d", f.Key, f.Rev, rev, now)
		}
		rev = f.Rev
	}
}

func (h *suite) expect(t *testing.T, owner, want string) {
	t.Helper()
	list, rev := h.since(t, owner, 0)
	if got := text(list); got != want {
		t.Errorf("facts of %s are %q, want %q", owner, got, want)
	}
	if want == "" && rev != 0 {
		t.Errorf("%s has no facts and is at revision %d", owner, rev)
	}
}

// testCreate: "stores each fact unless its key is there [...], and returns what is
// stored under each key then".
func testCreate(t *testing.T, h *suite) {
	got := h.create(t, "o", time.Hour, fact("a", "1"), avail.Fact{Key: "b"})
	if text(got) != "a=1 b=" {
		t.Errorf("created %q", text(got))
	}
	again := h.create(t, "o", time.Hour, fact("c", "3"), fact("a", "other"))
	if text(again) != "c=3 a=1" || again[1].Rev != got[0].Rev {
		t.Errorf("a second writer is answered %+v, want the first one's a", again)
	}
	h.expect(t, "o", "a=1 b= c=3")
	h.expect(t, "other", "")
}

// testCreateRace: "all callers MUST be told the same".
func testCreateRace(t *testing.T, h *suite) {
	seen := make([]avail.Fact, 100)
	harness.Together(len(seen), func(i int) {
		got, err := h.Create(context.Background(), "o", time.Hour, fact("k", fmt.Sprint(i)))
		if err != nil {
			t.Error(err)
			return
		}
		seen[i] = got[0]
	})
	for i, f := range seen {
		if string(f.Value) != string(seen[0].Value) || f.Rev != seen[0].Rev || len(f.Value) == 0 {
			t.Errorf("writer %d is told %q at %d, writer 0 %q at %d", i, f.Value, f.Rev, seen[0].Value, seen[0].Rev)
		}
	}
	h.expect(t, "o", "k="+string(seen[0].Value))
}

// testAllOrNothing: "the facts MUST be stored together or not at all": a reader
// sees all the facts of a creation or none.
func testAllOrNothing(t *testing.T, h *suite) {
	const writes, each = 40, 5
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(done)
		for i := range writes {
			list := make([]avail.Fact, each)
			for k := range list {
				list[k] = fact(fmt.Sprintf("%d/%d", i, k), "x")
			}
			if _, err := h.Create(context.Background(), "o", time.Hour, list...); err != nil {
				t.Error(err)
			}
		}
	})
	for more := true; more; {
		select {
		case <-done:
			more = false
		default:
		}
		if list, _ := h.since(t, "o", 0); len(list)%each != 0 || !more && len(list) != writes*each {
			t.Errorf("%d facts are there of writes of %d", len(list), each)
		}
	}
	wg.Wait()
}

// testCopies: "an implementation MUST NOT keep a caller's values".
func testCopies(t *testing.T, h *suite) {
	value := []byte("mine")
	h.create(t, "o", time.Hour, avail.Fact{Key: "k", Value: value})
	copy(value, "your")
	h.expect(t, "o", "k=mine")
}

// testSince: "the facts that were written after revision rev, in the order of
// writing, and the owner's revision".
func testSince(t *testing.T, h *suite) {
	var want []string
	var revs []int64
	for i := range 50 {
		key := fmt.Sprintf("k%d", (i*37)%50)
		f := h.create(t, "o", time.Hour, fact(key, "x"))[0]
		h.create(t, "p", time.Hour, fact(key, "y"))
		want, revs = append(want, key+"=x"), append(revs, f.Rev)
		if _, now := h.since(t, "o", 0); now != f.Rev {
			t.Errorf("the owner is at %d, its last fact at %d", now, f.Rev)
		}
	}
	h.expect(t, "o", strings.Join(want, " "))
	for i, rev := range revs {
		list, now := h.since(t, "o", rev)
		if text(list) != strings.Join(want[i+1:], " ") || now != revs[len(revs)-1] {
			t.Errorf("since the %dth revision: %q, at %d", i, text(list), now)
		}
	}
	if _, now := h.since(t, "o", revs[3]); now != revs[49] {
		t.Errorf("at %d, want %d", now, revs[49])
	}
	h.create(t, "o", time.Hour, fact("k0", "again"))
	if list, now := h.since(t, "o", revs[49]); len(list) != 0 || now != revs[49] {
		t.Errorf("a creation that stored nothing shows as %q at %d", text(list), now)
	}
}

// testSinceWhileWritten: "it MUST miss none that was written up to that revision":
// a reader that asks for what is new sees everything once, in one order.
func testSinceWhileWritten(t *testing.T, h *suite) {
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, err := h.Create(context.Background(), "o", time.Hour, fact(fmt.Sprintf("%d/%d", w, i), "x")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var followed []avail.Fact
	for rev := int64(0); len(followed) < writers*each && !t.Failed(); {
		var list []avail.Fact
		list, rev = h.since(t, "o", rev)
		followed = append(followed, list...)
	}
	wg.Wait()
	all, _ := h.since(t, "o", 0)
	if text(all) != text(followed) {
		t.Errorf("who follows sees\n%q, who reads all\n%q", text(followed), text(all))
	}
}

func (h *suite) append(t *testing.T, owner string, rev int64, list ...avail.Fact) store.Appended {
	t.Helper()
	got, err := h.Append(t.Context(), owner, time.Hour, rev, list...)
	harness.Check(t, err)
	return got
}

// testAppend: "Create on the condition that the owner is at revision rev. Otherwise
// it MUST write nothing, and returns the facts since rev".
func testAppend(t *testing.T, h *suite) {
	one := h.append(t, "o", 0, fact("a", "1"), fact("b", "2"))
	if !one.Written || text(one.Facts) != "a=1 b=2" || one.Rev != one.Facts[1].Rev {
		t.Fatalf("the first append is answered %+v", one)
	}
	two := h.append(t, "o", one.Rev, fact("c", "3"), fact("a", "other"))
	if !two.Written || text(two.Facts) != "c=3 a=1" || two.Rev <= one.Rev {
		t.Fatalf("the second append is answered %+v", two)
	}
	for _, rev := range []int64{0, one.Rev, two.Rev + 1} {
		got := h.append(t, "o", rev, fact("late", "4"), fact("later", "5"))
		want, now := h.since(t, "o", rev)
		if got.Written || text(got.Facts) != text(want) || got.Rev != now {
			t.Errorf("an append at %d is answered %+v; since then there is %q at %d", rev, got, text(want), now)
		}
	}
	h.expect(t, "o", "a=1 b=2 c=3")
	if got := h.append(t, "nobody", 7, fact("a", "1")); got.Written || got.Rev != 0 || len(got.Facts) != 0 {
		t.Errorf("an append at 7 to an owner that is not there is answered %+v", got)
	}
	h.expect(t, "nobody", "")
	same := h.append(t, "o", two.Rev, fact("a", "other"))
	if !same.Written || text(same.Facts) != "a=1" || same.Rev != two.Rev {
		t.Errorf("an append of what is there is answered %+v", same)
	}
}

// testAppendRace: "of writers that append at one revision, one at most MUST be
// answered Written": what the winners wrote is all there is, and each knew what
// was written before.
func testAppendRace(t *testing.T, h *suite) { appendRace(t, h, 64, h.Facts) }

// testAppendNodes: the same, where the writers are on two nodes.
func testAppendNodes(t *testing.T, h *suite) { appendRace(t, h, 12, h.Facts, h.Another(t)) }

func appendRace(t *testing.T, h *suite, writers int, nodes ...store.Facts) {
	t.Helper()
	var mu sync.Mutex
	winners := map[int64]string{}
	harness.Together(writers, func(i int) {
		var known []avail.Fact
		for rev := int64(0); ; {
			mine := fact(fmt.Sprintf("%d after %d", i, len(known)), "x")
			got, err := nodes[i%len(nodes)].Append(context.Background(), "o", time.Hour, rev, mine)
			if err != nil {
				t.Error(err)
				return
			}
			if got.Written {
				mu.Lock()
				defer mu.Unlock()
				if winners[rev] != "" {
					t.Errorf("%s and %s are both written at %d", winners[rev], mine.Key, rev)
				}
				winners[rev] = mine.Key
				return
			}
			known, rev = append(known, got.Facts...), got.Rev
		}
	})
	all, _ := h.since(t, "o", 0)
	if len(all) != writers || len(winners) != writers {
		t.Fatalf("%d facts are there of %d winners, want %d", len(all), len(winners), writers)
	}
	rev := int64(0)
	for i, f := range all {
		if winners[rev] != f.Key || !strings.HasSuffix(f.Key, fmt.Sprintf(" after %d", i)) {
			t.Errorf("fact %d is %q, the winner at %d was %q", i, f.Key, rev, winners[rev])
		}
		rev = f.Rev
	}
}

// testAppendAndCreate: a creation moves the revision, too.
func testAppendAndCreate(t *testing.T, h *suite) {
	const appends, creates = 20, 20
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range creates {
			if _, err := h.Create(context.Background(), "o", time.Hour, fact(fmt.Sprintf("create%d", i), "x")); err != nil {
				t.Error(err)
			}
		}
	})
	var known []avail.Fact
	for i, rev := 0, int64(0); i < appends; {
		got := h.append(t, "o", rev, fact(fmt.Sprintf("append%d", i), "x"))
		known, rev = append(known, got.Facts...), got.Rev
		if got.Written {
			i++
		}
	}
	wg.Wait()
	last, _ := h.since(t, "o", known[len(known)-1].Rev)
	if all, _ := h.since(t, "o", 0); text(all) != text(append(known, last...)) || len(all) != appends+creates {
		t.Errorf("the writer knows\n%q, there is\n%q", text(known), text(all))
	}
}

// testRanks: "a higher rank replaces it", at a new revision.
func testRanks(t *testing.T, h *suite) {
	h.create(t, "o", time.Hour, fact("first", "x"))
	for _, c := range []struct {
		rank  int64
		value string
		want  int64
		got   string
	}{
		{5, "five", 5, "five"}, {4, "four", 5, "five"}, {5, "again", 5, "five"}, {0, "none", 5, "five"},
		{9, "nine", 9, "nine"}, {1 << 50, "", 1 << 50, ""},
	} {
		_, before := h.since(t, "o", 0)
		got := h.create(t, "o", time.Hour, ranked("k", c.rank, c.value))[0]
		if got.Rank != c.want || string(got.Value) != c.got {
			t.Errorf("rank %d is answered %d %q, want %d %q", c.rank, got.Rank, got.Value, c.want, c.got)
		}
		list, now := h.since(t, "o", before)
		switch replaced := c.rank == c.want && c.value == c.got; {
		case replaced && (len(list) != 1 || list[0].Rank != c.rank || list[0].Rev != now || got.Rev != now):
			t.Errorf("rank %d shows as %+v at %d, answered %+v", c.rank, list, now, got)
		case !replaced && (len(list) != 0 || now != before):
			t.Errorf("rank %d stored nothing and shows as %+v at %d", c.rank, list, now)
		}
	}
	h.create(t, "o", time.Hour, fact("last", "x"))
	h.expect(t, "o", "first=x k= last=x")
	if got := h.create(t, "o", time.Hour, ranked("first", 1, "y")); text(got) != "first=y" {
		t.Errorf("a rank over none is answered %q", text(got))
	}
	h.expect(t, "o", "k= last=x first=y") // in the order of the last writing
}

// testRankRace: every writer is told a rank at least as high as its own.
func testRankRace(t *testing.T, h *suite) {
	harness.Together(64, func(i int) {
		got, err := h.Create(context.Background(), "o", time.Hour, ranked("k", int64(i+1), fmt.Sprint(i+1)))
		if err != nil || got[0].Rank < int64(i+1) || fmt.Sprint(got[0].Rank) != string(got[0].Value) {
			t.Errorf("rank %d is answered %+v, %v", i+1, got, err)
		}
	})
	h.expect(t, "o", "k=64")
}

// testGet: "in the order of the keys. A fact that is not there MUST have no value
// (nil), rank and revision; an empty value MUST NOT be nil".
func testGet(t *testing.T, h *suite) {
	h.create(t, "o", time.Minute, fact("a", "1"), ranked("r", 3, "three"), fact("empty", ""))
	want := func(keys string, values ...string) {
		t.Helper()
		got, err := h.Get(t.Context(), "o", strings.Fields(keys)...)
		harness.Check(t, err)
		if len(got) != len(values) {
			t.Fatalf("%d facts for %q", len(got), keys)
		}
		all, _ := h.since(t, "o", 0)
		for i, f := range got {
			stored := slices.IndexFunc(all, func(x avail.Fact) bool { return x.Key == f.Key })
			if f.Key != strings.Fields(keys)[i] || string(f.Value) != values[i] {
				t.Errorf("%s is %q, want %q", f.Key, f.Value, values[i])
			}
			if stored < 0 && (f.Value != nil || f.Rank != 0 || f.Rev != 0) || stored >= 0 && (f.Value == nil || f.Rank != all[stored].Rank || f.Rev != all[stored].Rev) {
				t.Errorf("%+v, stored as %d of %+v", f, stored, all)
			}
		}
	}
	want("r none a empty a", "three", "", "1", "", "1")
	want("")
	h.Clock.Add(time.Minute)
	want("a r", "", "")
}

// testNewest: what ReadNewest reads at once, where the store can, is what Get and Since read,
// whether the facts after a revision are few or many.
func testNewest(t *testing.T, h *suite) {
	same := func(count int, from int64) {
		t.Helper()
		got, news, rev, err := store.ReadNewest(t.Context(), h.Store, "o", func(got []avail.Fact) (int64, error) {
			if len(got) != 2 {
				t.Fatalf("%d facts", len(got))
			}
			return from, nil
		}, "k0", "none")
		harness.Check(t, err)
		wantGot, err := h.Get(t.Context(), "o", "k0", "none")
		harness.Check(t, err)
		wantNews, wantRev := h.since(t, "o", from)
		if !reflect.DeepEqual(got, wantGot) || rev != wantRev || len(news) != count || count > 0 && !reflect.DeepEqual(news, wantNews) {
			t.Errorf("after %d: %d facts at %d, want %d, %d at %d; %+v, want %+v", from, len(news), rev, count, len(wantNews), wantRev, got, wantGot)
		}
	}
	same(0, 0)
	var revs []int64
	for i := range 100 {
		h.create(t, "o", time.Hour, fact(fmt.Sprint("k", i), fmt.Sprint(i)))
		_, rev := h.since(t, "o", 0)
		revs = append(revs, rev)
	}
	for _, i := range []int{99, 98, 50, 36, 35, 34, 0} {
		same(99-i, revs[i])
	}
	same(100, 0)
	h.Clock.Add(time.Hour)
	same(0, 0)
}

// testDrop: "it MUST NOT change the revision. A fact or an owner that is not there
// is no error".
func testDrop(t *testing.T, h *suite) {
	h.create(t, "o", time.Hour, fact("a", "1"), fact("b", "2"), fact("c", "3"))
	h.create(t, "p", time.Hour, fact("c", "other"))
	_, before := h.since(t, "o", 0)
	harness.Check(t, h.Drop(t.Context(), "o", "c", "a", "none"))
	harness.Check(t, h.Drop(t.Context(), "nobody", "a"))
	if list, now := h.since(t, "o", 0); text(list) != "b=2" || now != before {
		t.Errorf("%q is left at revision %d, it was at %d", text(list), now, before)
	}
	h.expect(t, "p", "c=other")
	if got := h.append(t, "o", before, fact("c", "new")); !got.Written || text(got.Facts) != "c=new" || got.Rev <= before {
		t.Errorf("a fact in the place of one that was dropped is answered %+v", got)
	}
	h.expect(t, "o", "b=2 c=new")
}

// testExpiry: "an owner that [...] has expired, has none and is at revision 0",
// swept away or not.
func testExpiry(t *testing.T, h *suite) {
	h.create(t, "o", time.Minute, fact("a", "old"), ranked("r", 7, "old"))
	h.Clock.Add(59 * time.Second)
	h.expect(t, "o", "a=old r=old")
	h.Clock.Add(time.Second)
	h.expect(t, "o", "")
	if list, now := h.since(t, "o", 1); len(list) != 0 || now != 0 {
		t.Errorf("an expired owner has %q at %d", text(list), now)
	}
	harness.Check(t, h.Touch(t.Context(), time.Hour, "o"))
	h.expect(t, "o", "") // touching revives nothing
}

// testLaterOwner: "a later owner of the same name MUST start above the revisions of
// the expired one", and has nothing of it.
func testLaterOwner(t *testing.T, h *suite) {
	for i, write := range []func(rev int64) avail.Fact{
		func(int64) avail.Fact { return h.create(t, "o", time.Minute, ranked("r", 3, "new"))[0] },
		func(rev int64) avail.Fact {
			if got := h.append(t, "o", rev, ranked("r", 3, "new")); got.Written || got.Rev != 0 {
				t.Errorf("an append at the expired owner's revision is answered %+v", got)
			}
			return h.append(t, "o", 0, ranked("r", 3, "new")).Facts[0]
		},
	} {
		h.Clock.Add(2 * time.Hour)
		h.create(t, "o", time.Minute, fact("a", "old"), ranked("r", 7, "old"))
		_, old := h.since(t, "o", 0)
		h.Clock.Add(time.Minute)
		if f := write(old); string(f.Value) != "new" || f.Rank != 3 || f.Rev <= old {
			t.Errorf("%d: %+v is stored after an owner at %d", i, f, old)
		}
		h.expect(t, "o", "r=new")
	}
}

// testRecall: "its facts MUST remain for Remains".
func testRecall(t *testing.T, h *suite) {
	h.create(t, "o", time.Minute, fact("a", "1"), fact("b", "2"))
	want := func(what, facts string) {
		t.Helper()
		got, err := h.Recall(t.Context(), "o")
		harness.Check(t, err)
		if text(got) != facts {
			t.Errorf("%s: recalled %q, want %q", what, text(got), facts)
		}
	}
	want("live", "a=1 b=2")
	h.Clock.Add(time.Minute + store.Remains - time.Second)
	h.expect(t, "o", "")
	want("more than an hour after its end", "a=1 b=2")
	h.Clock.Add(2 * time.Second)
	want("long after its end", "")
	if got, err := h.Recall(t.Context(), "nobody"); len(got) != 0 || err != nil {
		t.Errorf("recalled %d facts of an owner that is not there, %v", len(got), err)
	}
	h.create(t, "o", time.Minute, fact("c", "3"))
	want("a later owner", "c=3")
}

// testTouch: "keeps owners for ttl [...] from now: it MUST lengthen or shorten
// their time". A creation only lengthens it.
func testTouch(t *testing.T, h *suite) {
	h.create(t, "o", time.Minute, fact("a", "1"))
	h.Clock.Add(50 * time.Second)
	harness.Check(t, h.Touch(t.Context(), time.Minute, "o"))
	_, before := h.since(t, "o", 0)
	h.Clock.Add(50 * time.Second)
	h.expect(t, "o", "a=1")
	h.create(t, "o", time.Minute, fact("a", "2")) // keeps it, too
	if _, now := h.since(t, "o", 0); now != before {
		t.Errorf("touching has changed the revision from %d to %d", before, now)
	}
	h.Clock.Add(59 * time.Second)
	h.expect(t, "o", "a=1")
	h.Clock.Add(time.Second)
	h.expect(t, "o", "")

	h.create(t, "long", time.Hour, fact("a", "1"))
	h.create(t, "long", time.Minute, fact("b", "2"))
	h.Clock.Add(58 * time.Minute)
	h.expect(t, "long", "a=1 b=2")
	harness.Check(t, h.Touch(t.Context(), time.Minute, "long"))
	h.Clock.Add(time.Minute)
	h.expect(t, "long", "")
}

// testTouchMany: "an owner that is not there [...] is no error".
func testTouchMany(t *testing.T, h *suite) {
	const count = 700
	names := []string{"nobody"}
	for i := range count {
		names = append(names, fmt.Sprint(i))
	}
	harness.Together(count, func(i int) {
		if _, err := h.Create(context.Background(), fmt.Sprint(i), time.Minute, fact("a", "1")); err != nil {
			t.Error(err)
		}
	})
	harness.Check(t, h.Touch(t.Context(), time.Hour, names...))
	harness.Check(t, h.Touch(t.Context(), time.Hour))
	h.Clock.Add(59 * time.Minute)
	for _, name := range names[1:] {
		h.expect(t, name, "a=1")
	}
	h.expect(t, "nobody", "")
	h.Clock.Add(time.Minute)
	h.expect(t, "7", "")
}

// testForEver: "0 is for ever", whatever is asked for later.
func testForEver(t *testing.T, h *suite) {
	h.create(t, "ever", 0, fact("a", "1"))
	h.create(t, "later", time.Minute, fact("a", "1"))
	h.create(t, "later", 0, fact("b", "2"))
	for _, name := range []string{"ever", "later"} {
		h.create(t, name, time.Minute, fact("c", "3"))
		harness.Check(t, h.Touch(t.Context(), time.Minute, name))
	}
	h.Clock.Add(10 * 365 * 24 * time.Hour)
	h.expect(t, "ever", "a=1 c=3")
	h.expect(t, "later", "a=1 b=2 c=3")
}

// testExpires: "until when an owner is kept; zero is an owner that is not there or
// has expired. For one that is kept for ever it is the end of time".
func testExpires(t *testing.T, h *suite) {
	start := h.Clock.Now()
	want := func(owner string, until time.Time) {
		t.Helper()
		got, err := h.Expires(t.Context(), owner)
		harness.Check(t, err)
		if !got.Equal(until) {
			t.Errorf("%s expires at %v, want %v", owner, got, until)
		}
	}
	want("o", time.Time{})
	h.create(t, "o", time.Minute, fact("a", "1"))
	want("o", start.Add(time.Minute))
	h.create(t, "o", time.Hour, fact("a", "1"))
	want("o", start.Add(time.Hour))
	h.Clock.Add(10 * time.Second)
	harness.Check(t, h.Touch(t.Context(), time.Minute, "o"))
	want("o", start.Add(70*time.Second))
	h.Clock.Add(time.Minute)
	want("o", time.Time{})
	h.create(t, "ever", 0)
	want("ever", store.Ever)
	harness.Check(t, h.Touch(t.Context(), time.Minute, "ever"))
	want("ever", store.Ever)
}

// testReopenFacts: "durable on return", and revisions go on where they were.
func testReopenFacts(t *testing.T, h *suite) {
	h.create(t, "o", time.Hour, fact("a", "1"), ranked("r", 3, "three"), fact("b", "2"))
	_, before := h.since(t, "o", 0)
	harness.Check(t, h.Drop(t.Context(), "o", "b"))
	h.reopen(t)
	if list, now := h.since(t, "o", 0); text(list) != "a=1 r=three" || list[1].Rank != 3 || now != before {
		t.Errorf("after a restart there is %+v at %d, it was at %d", list, now, before)
	}
	if f := h.create(t, "o", time.Hour, fact("c", "3"))[0]; f.Rev <= before {
		t.Errorf("after a restart a fact is at %d, the owner was at %d", f.Rev, before)
	}
	h.expect(t, "o", "a=1 r=three c=3")
}

// testCancelled: viewers hang up at any time. The writes of others do not suffer,
// and one that was begun is whole.
func testCancelled(t *testing.T, h *suite) {
	harness.Together(100, func(i int) {
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
	h.create(t, "last", time.Hour, fact("a", "1"))
	for i := range 100 {
		list, _ := h.since(t, fmt.Sprint(i), 0)
		got, whole := text(list), fmt.Sprintf("a=%d b=%d", i, i)
		if got != whole && (i%2 == 1 || got != "") {
			t.Errorf("writer %d left %q", i, got)
		}
	}
}
