// Package documents reads all documents of a kind into a process, and again when another
// node has changed some.
package documents

import (
	"context"
	"fmt"

	"stitcher/internal/store"
)

// pageSize is how many documents are read at once.
const pageSize = 100

// Kind are the documents of one kind. It is not safe for use by several goroutines.
type Kind struct {
	store store.Documents
	kind  string
	// plural is what errors call the documents.
	plural string
	// seen is the version of the kind of which all changes were read.
	seen int64
}

// NewKind makes a Kind of which nothing was read.
func NewKind(s store.Documents, kind, plural string) Kind {
	return Kind{store: s, kind: kind, plural: plural, seen: -1}
}

// Refresh reads all documents and calls done, if the kind has changed since the last time.
// Without a change it reads one number from the store. After an error it reads them anew the
// next time.
func (k *Kind) Refresh(ctx context.Context, read func(store.Document) error, done func()) error {
	version, err := k.store.KindVersion(ctx, k.kind)
	if err != nil {
		return fmt.Errorf("read version of the %s: %w", k.plural, err)
	}
	if version == k.seen {
		return nil
	}
	for after, more := "", true; more; {
		page, err := k.store.ListDocuments(ctx, k.kind, after, pageSize)
		if err != nil {
			return fmt.Errorf("list %s after %q: %w", k.plural, after, err)
		}
		for _, d := range page {
			if err := read(d); err != nil {
				return fmt.Errorf("one of the stored %s, %q: %w", k.plural, d.ID, err)
			}
			after = d.ID
		}
		more = len(page) == pageSize
	}
	done()
	k.seen = version
	return nil
}

// Changed notes that a change of this node has led to a version of the kind. If there was no
// other change in between, nothing needs to be read because of it.
func (k *Kind) Changed(version int64) {
	if version == k.seen+1 {
		k.seen = version
	}
}
