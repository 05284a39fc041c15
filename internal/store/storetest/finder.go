package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/storetest/harness"
)

// Finder is a finder under test, with what it finds.
type Finder interface {
	store.Finder
	store.Facts
	Close() error
}

// RunFinder tests the contract store.Finder, as RunOutbox does.
func RunFinder(t *testing.T, begin func(t *testing.T) func(*testing.T, *harness.Clock) Finder) {
	t.Helper()
	harness.Run(t, begin, func(h *harness.Harness[Finder]) *finder { return &finder{h} }, []harness.Case[*finder]{
		{Name: "terms", Run: testFindTerms},
		{Name: "pages", Run: testFindPages},
		{Name: "new", Run: testFindNew},
		{Name: "hostile", Run: testFindHostile},
	})
}

type finder struct{ *harness.Harness[Finder] }

func (h *finder) put(t *testing.T, owner, key string, at int64, about string, terms ...string) {
	t.Helper()
	f := avail.Found{At: at, Terms: terms}
	if about != "" {
		f.About = []byte(about)
	}
	stored, err := h.Store.Create(t.Context(), owner, time.Hour, avail.Fact{Key: key, Value: []byte("v"), Found: f})
	harness.Check(t, err)
	if len(stored[0].Found.Terms) != 0 {
		t.Errorf("terms are read back: %+v", stored[0].Found)
	}
}

// all follows the pages of a search.
func (h *finder) all(t *testing.T, f store.Search) (owners []string) {
	t.Helper()
	var last *store.Hit
	for range 1000 {
		page, err := h.Store.Find(t.Context(), f)
		harness.Check(t, err)
		if len(page.Hits) > f.Limit {
			t.Fatalf("%d hits of %d", len(page.Hits), f.Limit)
		}
		for _, x := range page.Hits {
			if last != nil && !x.Older(*last) {
				t.Fatalf("%v comes after %v", x, *last)
			}
			last = &x
			owners = append(owners, x.Owner)
		}
		if page.Next == nil {
			return owners
		}
		f.Before = page.Next
	}
	t.Fatal("the pages do not end")
	return nil
}

// testFindTerms: an owner is found by all terms of its facts together, in a range of time.
func testFindTerms(t *testing.T, h *finder) {
	at := h.Clock.Now().UnixMicro()
	h.put(t, "a", "begin", at-2, "is a", "session", "device=tv")
	h.put(t, "b", "begin", at-1, "is b", "session", "device=phone")
	h.put(t, "a", "later", at-2, "", "reason=pod_short", "session")
	h.put(t, "c", "begin", at, "is c", "session", "device=tv")
	h.Reopen(t)
	for _, c := range []struct {
		from, to int64
		terms    []string
		want     string
	}{
		{0, at + 1, []string{"session"}, "[c b a]"},
		{0, at, []string{"session"}, "[b a]"},
		{at - 1, at + 1, []string{"session"}, "[c b]"},
		{0, at + 1, []string{"session", "device=tv"}, "[c a]"},
		{0, at + 1, []string{"device=tv", "reason=pod_short", "session"}, "[a]"},
		{0, at + 1, []string{"device=phone", "reason=pod_short"}, "[]"},
		{0, at + 1, []string{"device=nothing"}, "[]"},
	} {
		if got := fmt.Sprint(h.all(t, store.Search{Terms: c.terms, From: c.from, To: c.to, Limit: 10})); got != c.want {
			t.Errorf("%v from %d to %d finds %s, want %s", c.terms, c.from, c.to, got, c.want)
		}
	}
	page, err := h.Store.Find(t.Context(), store.Search{Terms: []string{"reason=pod_short"}, To: at + 1, Limit: 1})
	harness.Check(t, err)
	if len(page.Hits) != 1 || string(page.Hits[0].About) != "is a" || page.Hits[0].At != at-2 || !page.Hits[0].Live {
		t.Errorf("found %+v", page)
	}
	h.Clock.Add(2 * time.Hour)
	page, err = h.Store.Find(t.Context(), store.Search{Terms: []string{"session"}, To: at + 1, Limit: 1})
	harness.Check(t, err)
	if len(page.Hits) != 1 || string(page.Hits[0].About) != "is c" || page.Hits[0].Live {
		t.Errorf("found %+v later", page)
	}
}

// testFindPages: the pages together have each owner once, whatever their size, also of
// owners that stand at one time.
func testFindPages(t *testing.T, h *finder) {
	random := rand.New(rand.NewPCG(5, 6))
	at := h.Clock.Now().UnixMicro()
	want := 0
	for i := range 300 {
		terms := []string{"session"}
		if random.IntN(3) == 0 {
			terms = append(terms, "odd")
			want++
		}
		h.put(t, fmt.Sprintf("o%03d", i), "begin", at-random.Int64N(40), "x", terms...)
	}
	for _, limit := range []int{1, 7, 100, store.MaxHits} {
		for term, want := range map[string]int{"session": 300, "odd": want} {
			got := h.all(t, store.Search{Terms: []string{term, "session"}, To: at + 1, Limit: limit})
			if len(got) != want || len(slices.Compact(slices.Sorted(slices.Values(got)))) != want {
				t.Errorf("pages of %d have %d owners of %s, want %d", limit, len(got), term, want)
			}
		}
	}
}

// testFindNew: a fact that is not new finds nothing, and neither does one that was not
// written.
func testFindNew(t *testing.T, h *finder) {
	at := h.Clock.Now().UnixMicro()
	h.put(t, "a", "begin", at, "", "first")
	h.put(t, "a", "begin", at, "", "second")
	_, err := h.Store.Append(t.Context(), "a", time.Hour, 1<<40, avail.Fact{Key: "k", Found: avail.Found{At: at, Terms: []string{"third"}}})
	harness.Check(t, err)
	for term, want := range map[string]int{"first": 1, "second": 0, "third": 0} {
		if got := h.all(t, store.Search{Terms: []string{term}, To: at + 1, Limit: 10}); len(got) != want {
			t.Errorf("%s finds %v", term, got)
		}
	}
}

// testFindHostile: a term is compared, whatever is in it.
func testFindHostile(t *testing.T, h *finder) {
	at := h.Clock.Now().UnixMicro()
	terms := []string{"q=' OR 1=1 --", "q=*", "q={a}", "q=\x00", "q=\xff\r\n", "q=%"}
	for i, term := range terms {
		h.put(t, fmt.Sprint(i), "begin", at, "", term)
	}
	for i, term := range terms {
		if got := fmt.Sprint(h.all(t, store.Search{Terms: []string{term}, To: at + 1, Limit: 10})); got != fmt.Sprintf("[%d]", i) {
			t.Errorf("%q finds %s", term, got)
		}
	}
}
