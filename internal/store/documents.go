package store

import (
	"context"
	"fmt"
)

// Documents keeps small documents by kind and id: playback configurations,
// prefetch schedules, the index of prepared creatives.
//
// Every change of a kind gives it a higher version, and a document has the version
// of its last change. A writer can make its write depend on the version that it
// has read, and a reader hears of the changes of others by asking for the version
// of the kind every now and then.
type Documents interface {
	// PutDocument creates or replaces a document on the condition that the one
	// that is there has a version: 0 is no document, AnyVersion is no condition.
	// Otherwise it MUST write nothing and return a *ConflictError. Of writers that
	// replace one version, one at most MUST succeed. It MUST be durable on return,
	// and returns the document's new version. An implementation MUST NOT keep the
	// caller's bytes.
	PutDocument(ctx context.Context, kind, id string, version int64, body []byte) (int64, error)
	// DeleteDocument removes a document, on the same condition, and returns the
	// kind's new version. With AnyVersion it MUST be no error that there is none,
	// and no change: the version returned is that of the kind as it is.
	DeleteDocument(ctx context.Context, kind, id string, version int64) (int64, error)
	// Document reads one. Where there is none it MUST have version 0 and no body.
	Document(ctx context.Context, kind, id string) (Document, error)
	// ListDocuments lists up to limit documents of a kind whose ids are greater than
	// after, in the order of their ids (as bytes).
	ListDocuments(ctx context.Context, kind, after string, limit int) ([]Document, error)
	// KindVersion is the version of a kind, 0 if it never had a document. It MUST grow
	// with every change, deletions included, and MUST NOT be behind a change that
	// a reader can see.
	KindVersion(ctx context.Context, kind string) (int64, error)
}

// AnyVersion is the condition that always holds.
const AnyVersion = -1

// Document is a document as it is stored.
type Document struct {
	ID      string
	Version int64
	Body    []byte
}

// ConflictError is a document that is not at the version that a write depends on.
type ConflictError struct {
	Kind, ID string
	// Wanted is the version of the call, Version that of the document; 0 if there is none.
	Wanted, Version int64
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s %s is at version %d, not %d: it was changed meanwhile", e.Kind, e.ID, e.Version, e.Wanted)
}

// EachDocument calls f for every document of a kind, in the order of their ids, until f
// returns an error.
func EachDocument(ctx context.Context, documents Documents, kind string, f func(Document) error) error {
	const page = 100
	after := ""
	for {
		docs, err := documents.ListDocuments(ctx, kind, after, page)
		if err != nil {
			return fmt.Errorf("list documents of kind %s after %q: %w", kind, after, err)
		}
		for _, d := range docs {
			if err := f(d); err != nil {
				return err
			}
			after = d.ID
		}
		if len(docs) < page {
			return nil
		}
	}
}
