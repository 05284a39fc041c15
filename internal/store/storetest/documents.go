package storetest

import (
	"fmt"
	"testing"
)

func testDocuments(t *testing.T, h *harness) {
	ctx := t.Context()
	if doc, err := h.Document(ctx, "k", "none"); doc != nil || err != nil {
		t.Errorf("a document that is not there: %q, %v", doc, err)
	}
	for i := range 25 {
		check(t, h.PutDocument(ctx, "k", fmt.Sprintf("%02d", (i*7)%25), []byte(fmt.Sprint(i))))
	}
	check(t, h.PutDocument(ctx, "other", "07", []byte("x")))
	check(t, h.PutDocument(ctx, "k", "07", []byte("new")))
	check(t, h.PutDocument(ctx, "k", "empty", nil))
	if doc, err := h.Document(ctx, "k", "empty"); doc == nil || len(doc) != 0 || err != nil {
		t.Errorf("an empty document: %v, %v", doc, err)
	}
	check(t, h.DeleteDocument(ctx, "k", "empty"))
	check(t, h.DeleteDocument(ctx, "k", "08"))
	check(t, h.DeleteDocument(ctx, "k", "08"))
	if doc, err := h.Document(ctx, "k", "07"); string(doc) != "new" || err != nil {
		t.Errorf("replaced document: %q, %v", doc, err)
	}
	var ids []string
	for after := ""; ; {
		page, err := h.Documents(ctx, "k", after, 10)
		check(t, err)
		if len(page) > 10 {
			t.Fatalf("a page of %d", len(page))
		}
		for _, d := range page {
			if d.Key <= after {
				t.Errorf("%q comes after %q", d.Key, after)
			}
			after = d.Key
			ids = append(ids, d.Key)
		}
		if len(page) < 10 {
			break
		}
	}
	if len(ids) != 24 {
		t.Errorf("paging found %d documents, want 24: %v", len(ids), ids)
	}
}
