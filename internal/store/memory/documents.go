package memory

import (
	"context"
	"maps"
	"slices"
	"sync"

	"stitcher/internal/store"
)

// Documents implements store.Documents. The zero value is empty. It is safe for
// use by many goroutines.
type Documents struct {
	mu    sync.Mutex
	kinds map[string]*kind
}

var _ store.Documents = (*Documents)(nil)

type kind struct {
	version int64
	docs    map[string]store.Document
}

// of is a kind's documents. m.mu is held.
func (m *Documents) of(name string) *kind {
	k := m.kinds[name]
	if k == nil {
		if m.kinds == nil {
			m.kinds = map[string]*kind{}
		}
		k = &kind{docs: map[string]store.Document{}}
		m.kinds[name] = k
	}
	return k
}

// PutDocument implements store.Documents.
func (m *Documents) PutDocument(_ context.Context, name, id string, version int64, body []byte) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.of(name)
	if at := k.docs[id].Version; version != store.AnyVersion && version != at {
		return 0, &store.ConflictError{Kind: name, ID: id, Wanted: version, Version: at}
	}
	k.version++
	k.docs[id] = store.Document{ID: id, Version: k.version, Body: append([]byte{}, body...)}
	return k.version, nil
}

// DeleteDocument implements store.Documents.
func (m *Documents) DeleteDocument(_ context.Context, name, id string, version int64) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.of(name)
	at := k.docs[id].Version
	if version != store.AnyVersion && version != at {
		return 0, &store.ConflictError{Kind: name, ID: id, Wanted: version, Version: at}
	}
	if at != 0 {
		k.version++
		delete(k.docs, id)
	}
	return k.version, nil
}

// Document implements store.Documents.
func (m *Documents) Document(_ context.Context, name, id string) (store.Document, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.of(name).docs[id]
	if !ok {
		return store.Document{ID: id}, nil
	}
	d.Body = slices.Clone(d.Body)
	return d, nil
}

// ListDocuments implements store.Documents.
func (m *Documents) ListDocuments(_ context.Context, name, after string, limit int) ([]store.Document, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []store.Document
	docs := m.of(name).docs
	for _, id := range slices.Sorted(maps.Keys(docs)) {
		if id > after && len(out) < limit {
			d := docs[id]
			d.Body = slices.Clone(d.Body)
			out = append(out, d)
		}
	}
	return out, nil
}

// KindVersion implements store.Documents.
func (m *Documents) KindVersion(_ context.Context, name string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(name).version, nil
}
