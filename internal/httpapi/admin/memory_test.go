package admin

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"stitcher/internal/avail"
)

// memory is playback.Documents in memory. While broken is set it writes nothing.
type memory struct {
	mu     sync.Mutex
	docs   map[string][]byte
	broken bool
}

var errBroken = errors.New("disk full at /var/lib/secret-path")

func (m *memory) PutDocument(_ context.Context, kind, id string, doc []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errBroken
	}
	m.docs[kind+"\x00"+id] = slices.Clone(doc)
	return nil
}

func (m *memory) Document(_ context.Context, kind, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.docs[kind+"\x00"+id], nil
}

func (m *memory) Documents(_ context.Context, kind, after string, limit int) ([]avail.Fact, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []avail.Fact
	for _, key := range slices.Sorted(maps.Keys(m.docs)) {
		id, ok := strings.CutPrefix(key, kind+"\x00")
		if ok && id > after && len(out) < limit {
			out = append(out, avail.Fact{Key: id, Value: m.docs[key]})
		}
	}
	return out, nil
}

func (m *memory) DeleteDocument(_ context.Context, kind, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errBroken
	}
	delete(m.docs, kind+"\x00"+id)
	return nil
}
