package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/store"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/redis/server"
)

var _ store.Documents = (*Store)(nil)

var (
	writeDocument = script.New("document_write")
	listDocuments = script.New("document_list")
)

// PutDocument implements store.Documents.
func (s *Store) PutDocument(ctx context.Context, kind, id string, version int64, body []byte) (int64, error) {
	if body == nil {
		body = []byte{}
	}
	next, err := s.change(ctx, kind, id, version, body)
	if err != nil {
		return 0, fmt.Errorf("redis: put %s %s: %w", kind, id, err)
	}
	return next, nil
}

// DeleteDocument implements store.Documents.
func (s *Store) DeleteDocument(ctx context.Context, kind, id string, version int64) (int64, error) {
	next, err := s.change(ctx, kind, id, version)
	if err != nil {
		return 0, fmt.Errorf("redis: delete %s %s: %w", kind, id, err)
	}
	return next, nil
}

// change puts a document with its body, or deletes it without.
func (s *Store) change(ctx context.Context, kind, id string, version int64, body ...any) (int64, error) {
	r, err := s.scripts.Run(ctx, writeDocument, s.keys.Kind(kind), append([]any{id, version}, body...)...)
	if err != nil {
		return 0, err
	}
	if r.At(0).Number() == 0 {
		return 0, &store.ConflictError{Kind: kind, ID: id, Wanted: version, Version: r.At(1).Number()}
	}
	return r.At(1).Number(), nil
}

// Document implements store.Documents.
func (s *Store) Document(ctx context.Context, kind, id string) (store.Document, error) {
	text, err := s.client.HGet(ctx, s.keys.Kind(kind)[0], "/"+id).Result()
	if errors.Is(err, redis.Nil) {
		return store.Document{ID: id}, nil
	}
	var d store.Document
	if err = server.Fault(err); err == nil {
		d, err = unpackDocument(id, text)
	}
	if err != nil {
		return store.Document{ID: id}, fmt.Errorf("redis: read %s %s: %w", kind, id, err)
	}
	return d, nil
}

// ListDocuments implements store.Documents.
func (s *Store) ListDocuments(ctx context.Context, kind, after string, limit int) ([]store.Document, error) {
	r, err := s.scripts.Run(ctx, listDocuments, s.keys.Kind(kind), after, limit)
	if err != nil {
		return nil, fmt.Errorf("redis: list %s: %w", kind, err)
	}
	var docs []store.Document
	for i := 0; i+1 < r.Len(); i += 2 {
		id, _ := r.At(i).Text()
		text, _ := r.At(i + 1).Text()
		d, err := unpackDocument(id, text)
		if err != nil {
			return nil, fmt.Errorf("redis: list %s: %w", kind, err)
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// KindVersion implements store.Documents.
func (s *Store) KindVersion(ctx context.Context, kind string) (int64, error) {
	text, err := s.client.HGet(ctx, s.keys.Kind(kind)[0], "@").Result()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	if err = server.Fault(err); err == nil && len(text) != 8 {
		err = script.ErrReply
	}
	if err != nil {
		return 0, fmt.Errorf("redis: read version of %s: %w", kind, err)
	}
	return int64(binary.BigEndian.Uint64([]byte(text))), nil
}

// unpackDocument reads a document as it is stored: its version, and its body.
func unpackDocument(id, text string) (store.Document, error) {
	if len(text) < 8 {
		return store.Document{}, fmt.Errorf("%w: document %q has %d bytes", script.ErrReply, id, len(text))
	}
	return store.Document{ID: id, Version: int64(binary.BigEndian.Uint64([]byte(text[:8]))), Body: []byte(text[8:])}, nil
}
