package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"stitcher/internal/store"
	"stitcher/internal/store/storetest/harness"
)

// Documents is a store of documents under test.
type Documents interface {
	store.Documents
	Close() error
}

// RunDocuments tests the contract store.Documents. begin starts a test with empty
// data; what it returns opens a store over that data, each time it is called.
func RunDocuments(t *testing.T, begin func(t *testing.T) func(*testing.T, *harness.Clock) Documents) {
	t.Helper()
	harness.Run(t, begin, func(h *harness.Harness[Documents]) *documents { return &documents{h, h.Store} }, []harness.Case[*documents]{
		{Name: "put", Run: testPut},
		{Name: "pages", Run: testPages},
		{Name: "versions", Run: testVersions},
		{Name: "conflict", Run: testConflict},
		{Name: "compare and set race", Run: testCompareAndSet},
		{Name: "create race", Run: testPutRace},
		{Name: "hear of changes", Run: testHear},
		{Name: "reopen", Run: testReopenDocuments},
	})
}

// documents is a store under test.
type documents struct {
	*harness.Harness[Documents]
	store.Documents
}

func (h *documents) put(t *testing.T, kind, id string, version int64, body string) int64 {
	t.Helper()
	at, err := h.PutDocument(t.Context(), kind, id, version, []byte(body))
	harness.Check(t, err)
	return at
}

func (h *documents) delete(t *testing.T, id string, version int64) int64 {
	t.Helper()
	at, err := h.DeleteDocument(t.Context(), "k", id, version)
	harness.Check(t, err)
	return at
}

func (h *documents) expect(t *testing.T, kind, id string, version int64, body string) {
	t.Helper()
	d, err := h.Document(t.Context(), kind, id)
	harness.Check(t, err)
	if d.ID != id || d.Version != version || string(d.Body) != body || (d.Body == nil) != (version == 0) {
		t.Errorf("%s %s is %+v %q, want version %d %q", kind, id, d, d.Body, version, body)
	}
}

func (h *documents) version(t *testing.T) int64 {
	t.Helper()
	v, err := h.KindVersion(t.Context(), "k")
	harness.Check(t, err)
	return v
}

// conflicts expects a conflict with the version that is there.
func conflicts(t *testing.T, err error, id string, wanted, version int64) {
	t.Helper()
	var e *store.ConflictError
	if !errors.As(err, &e) || *e != (store.ConflictError{Kind: "k", ID: id, Wanted: wanted, Version: version}) {
		t.Errorf("err = %v (%+v), want a conflict of %d with %d", err, e, wanted, version)
	}
}

// testPut: "creates or replaces a document"; "where there is none it MUST have
// version 0 and no body"; "an implementation MUST NOT keep the caller's bytes".
func testPut(t *testing.T, h *documents) {
	h.expect(t, "k", "none", 0, "")
	body := []byte("mine")
	at, err := h.PutDocument(t.Context(), "k", "a", 0, body)
	harness.Check(t, err)
	copy(body, "your")
	h.expect(t, "k", "a", at, "mine")
	at = h.put(t, "k", "a", store.AnyVersion, "new")
	h.expect(t, "k", "a", at, "new")
	h.expect(t, "other", "a", 0, "")
	at = h.put(t, "k", "empty", store.AnyVersion, "")
	h.expect(t, "k", "empty", at, "")
	h.delete(t, "empty", store.AnyVersion)
	h.expect(t, "k", "empty", 0, "")
}

// testPages: "up to limit documents of a kind whose ids are greater than after, in
// the order of their ids".
func testPages(t *testing.T, h *documents) {
	versions := map[string]int64{}
	for i := range 25 {
		id := fmt.Sprintf("%02d", (i*7)%25)
		versions[id] = h.put(t, "k", id, 0, "body of "+id)
	}
	h.put(t, "other", "07x", 0, "x")
	h.delete(t, "08", store.AnyVersion)
	found := 0
	for after := ""; ; {
		page, err := h.ListDocuments(t.Context(), "k", after, 10)
		harness.Check(t, err)
		if len(page) > 10 {
			t.Fatalf("a page of %d", len(page))
		}
		for _, d := range page {
			if d.ID <= after || d.Version != versions[d.ID] || string(d.Body) != "body of "+d.ID {
				t.Errorf("%+v %q comes after %q", d, d.Body, after)
			}
			after = d.ID
			found++
		}
		if len(page) < 10 {
			break
		}
	}
	if found != 24 {
		t.Errorf("paging found %d documents, want 24", found)
	}
}

// testVersions: "every change of a kind gives it a higher version, and a document
// has the version of its last change"; that of a deletion is one, and that of
// another kind is not.
func testVersions(t *testing.T, h *documents) {
	if v := h.version(t); v != 0 {
		t.Errorf("a kind without documents is at %d", v)
	}
	var last int64
	for i, change := range []func() int64{
		func() int64 { return h.put(t, "k", "a", 0, "1") },
		func() int64 { return h.put(t, "k", "b", store.AnyVersion, "1") },
		func() int64 { return h.put(t, "k", "a", store.AnyVersion, "1") },
		func() int64 { return h.delete(t, "a", store.AnyVersion) },
		func() int64 { return h.put(t, "k", "a", 0, "1") },
	} {
		v := change()
		if v <= last || h.version(t) != v {
			t.Errorf("change %d: version %d after %d, the kind is at %d", i, v, last, h.version(t))
		}
		last = v
		h.put(t, "other", "a", store.AnyVersion, "1")
	}
	if v := h.delete(t, "none", store.AnyVersion); v != last || h.version(t) != last {
		t.Errorf("deleting nothing leads to %d, the kind was at %d", v, last)
	}
}

// testConflict: "otherwise it MUST write nothing and return a *ConflictError".
func testConflict(t *testing.T, h *documents) {
	one := h.put(t, "k", "a", 0, "one")
	two := h.put(t, "k", "a", one, "two")
	for _, wanted := range []int64{0, one, two + 1} {
		_, err := h.PutDocument(t.Context(), "k", "a", wanted, []byte("late"))
		conflicts(t, err, "a", wanted, two)
		_, err = h.DeleteDocument(t.Context(), "k", "a", wanted)
		conflicts(t, err, "a", wanted, two)
	}
	_, err := h.PutDocument(t.Context(), "k", "none", one, []byte("late"))
	conflicts(t, err, "none", one, 0)
	_, err = h.DeleteDocument(t.Context(), "k", "none", one)
	conflicts(t, err, "none", one, 0)
	h.expect(t, "k", "a", two, "two")
	h.expect(t, "k", "none", 0, "")
	if v := h.version(t); v != two {
		t.Errorf("conflicts have changed the version from %d to %d", two, v)
	}
	h.delete(t, "a", two)
	again := h.put(t, "k", "a", 0, "again")
	_, err = h.PutDocument(t.Context(), "k", "a", two, []byte("late"))
	conflicts(t, err, "a", two, again) // no version comes again
}

// testCompareAndSet: "of writers that replace one version, one at most MUST
// succeed": no increment is lost, on whichever node it was made.
func testCompareAndSet(t *testing.T, h *documents) {
	const writers, each = 12, 5
	nodes := []store.Documents{h.Documents, h.Another(t)}
	harness.Together(writers, func(i int) {
		node := nodes[i%len(nodes)]
		for done := 0; done < each; {
			d, err := node.Document(context.Background(), "k", "counter")
			if err != nil {
				t.Error(err)
				return
			}
			_, err = node.PutDocument(context.Background(), "k", "counter", d.Version, append(d.Body, 'x'))
			var conflict *store.ConflictError
			switch {
			case err == nil:
				done++
			case !errors.As(err, &conflict):
				t.Error(err)
				return
			}
		}
	})
	d, err := h.Document(t.Context(), "k", "counter")
	harness.Check(t, err)
	if len(d.Body) != writers*each {
		t.Errorf("%d of %d changes are there", len(d.Body), writers*each)
	}
}

// testPutRace: of those that create one document, one succeeds.
func testPutRace(t *testing.T, h *documents) {
	var mu sync.Mutex
	var winners []string
	harness.Together(64, func(i int) {
		body := fmt.Sprint(i)
		_, err := h.PutDocument(context.Background(), "k", "a", 0, []byte(body))
		var conflict *store.ConflictError
		if err != nil && !errors.As(err, &conflict) {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			winners = append(winners, body)
		}
	})
	if len(winners) != 1 {
		t.Fatalf("%d writers have created it", len(winners))
	}
	h.expect(t, "k", "a", h.version(t), winners[0])
}

// testHear: "it MUST grow with every change, and MUST NOT be behind a change that a
// reader can see": who reads the version first and the documents then, and again
// whenever the version differs, ends with all changes.
func testHear(t *testing.T, h *documents) {
	const changes = 60
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range changes {
			if _, err := h.PutDocument(context.Background(), "k", fmt.Sprint(i%7), store.AnyVersion, []byte(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		}
	})
	seen := int64(0)
	known := map[string]string{}
	for known[fmt.Sprint((changes-1)%7)] != fmt.Sprint(changes-1) && !t.Failed() {
		v := h.version(t)
		if v < seen {
			t.Errorf("version %d after %d", v, seen)
		}
		if v == seen {
			continue
		}
		seen = v
		page, err := h.ListDocuments(t.Context(), "k", "", 100)
		harness.Check(t, err)
		for _, d := range page {
			known[d.ID] = string(d.Body)
		}
	}
	wg.Wait()
}

// testReopenDocuments: "it MUST be durable on return".
func testReopenDocuments(t *testing.T, h *documents) {
	at := h.put(t, "k", "a", 0, "doc")
	gone := h.put(t, "k", "b", 0, "gone")
	last := h.delete(t, "b", gone)
	h.Reopen(t)
	h.Documents = h.Store
	h.expect(t, "k", "a", at, "doc")
	h.expect(t, "k", "b", 0, "")
	if v := h.version(t); v != last {
		t.Errorf("the kind is at %d, it was at %d", v, last)
	}
	if v := h.put(t, "k", "b", 0, "again"); v <= last {
		t.Errorf("version %d comes after %d", v, last)
	}
}
