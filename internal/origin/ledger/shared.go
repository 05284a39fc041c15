package ledger

import (
	"context"
	"fmt"
	"net/url"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/packed"
	"stitcher/internal/origin/ledger/tail"
)

// Behind is whether a node has published a newer state of a rendition than v, which
// is nil where this one has none.
// What v lists may be less than a player has seen by then.
func (s *Stream) Behind(rendition string, v *origin.View) bool {
	if !s.opt.Shared {
		return false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	known, ok := s.tails[rendition]
	if !ok || v == nil {
		return ok
	}
	t := tail.Tail{Epoch: v.Epoch.Index, Sequence: v.Next() - 1, Timed: v.Timed, Version: v.Version}
	return t.Rank() < known.Rank()
}

func (s *Stream) sharedOwner() string { return "playlist/" + s.owner }

// share puts a playlist into the store before its tail is in the ledger, so that
// a node that learns of the tail finds it.
func (s *Stream) share(ctx context.Context, rendition string, source origin.Document, rank int64) error {
	if !s.opt.Shared && !source.Line().Timed {
		return nil
	}
	value, err := packed.Pack(source.Source())
	if err != nil {
		return fmt.Errorf("share a playlist: %w", err)
	}
	if value == nil {
		return nil
	}
	_, err = s.facts.Create(ctx, s.sharedOwner(), s.opt.TTL, avail.Fact{Key: rendition, Rank: rank, Value: value})
	if err != nil {
		return fmt.Errorf("share a playlist: %w", err)
	}
	return nil
}

// Shared is the newest state of a rendition's playlist that any node has
// published; no body where none is kept.
func (s *Stream) Shared(ctx context.Context, rendition string) (body []byte, base *url.URL, err error) {
	if !s.opt.Shared {
		return nil, nil, nil
	}
	return s.Last(ctx, rendition)
}

// Last is the newest manifest of a rendition that is in the store. MPDs are there even if
// there is one node, because it may have to list what the origin does not have any more.
func (s *Stream) Last(ctx context.Context, rendition string) (body []byte, base *url.URL, err error) {
	got, err := s.facts.Get(ctx, s.sharedOwner(), rendition)
	if err != nil || got[0].Value == nil {
		return nil, nil, err
	}
	if body, base, err = packed.Unpack(got[0].Value); err != nil {
		return nil, nil, fmt.Errorf("shared playlist of rendition %q: %w", rendition, err)
	}
	return body, base, nil
}
