package stitch

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
)

// Record is how a decision came about. It explains later why an avail looked
// as it did. Its request holds no secret, no consent string and no full address
// (design §9); its answer is, like the decision, told without them (Explain).
type Record struct {
	// Asked and Answered are when the decision was begun and made.
	Asked    time.Time `json:"asked"`
	Answered time.Time `json:"answered"`
	// PreRoll is set for the pod that a live session begins with.
	PreRoll bool `json:"preRoll,omitempty"`
	// Available is how much could be filled, in microseconds; 0 was unknown.
	Available int64 `json:"available,omitempty"`
	// Prefetch is the schedule whose retrieval the ads are from, "" if the ad
	// server was asked for this avail.
	Prefetch string `json:"prefetch,omitempty"`
	// Request is the ad request and every hop that followed; that of the
	// retrieval where Prefetch is set.
	Request adserver.Trace `json:"request"`
	// Answer is the decision as it was made; what became of it, after a late
	// answer or a changed avail, is the session's own.
	Answer avail.Decision `json:"answer"`
}

// recordTTL is how long records are kept: as long as the session's own facts can
// be recalled, and the time of the longest window.
const recordTTL = 2 * time.Hour

func recordOwner(id string) string { return "record/" + id }

// maxRecord bounds a record as it is stored, compressed.
const maxRecord = 64 << 10

// remember stores a record. It is not waited for by any viewer: a record that is
// lost costs an explanation.
func (s *Service) remember(session string, key avail.Key, r *Record) {
	b, err := s.pack(r)
	if err == nil {
		ctx, cancel := context.WithTimeout(s.background, recordTimeout)
		defer cancel()
		_, err = s.opt.Facts.Create(ctx, recordOwner(session), recordTTL, avail.Fact{Key: key.String(), Value: b})
	}
	if err != nil && s.background.Err() == nil {
		s.opt.Log.Warn("a decision's record is lost", "session", session, "avail", key.String(), "err", err)
	}
}

// pack is a record as it is stored, made in a turn.
func (s *Service) pack(r *Record) ([]byte, error) {
	s.opt.Turns.Take()
	defer s.opt.Turns.Leave()
	b, err := s.packer.pack(r)
	if err == nil && len(b) > maxRecord {
		r.Request.Hops = nil // the bodies are what is long
		b, err = s.packer.pack(r)
	}
	return b, err
}

// recordTimeout bounds the writing of a record.
const recordTimeout = 5 * time.Second

// packer packs records one after the other: when a herd has decided, a thousand
// of them are there at once, and viewers ask for playlists meanwhile. A
// compressor is a megabyte of memory, so that one is kept.
type packer struct {
	mu sync.Mutex
	z  *gzip.Writer
}

// pack is r as it is stored: ad responses shrink to a tenth.
func (p *packer) pack(r *Record) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b bytes.Buffer
	if p.z == nil {
		p.z, _ = gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is one that there is
	}
	p.z.Reset(&b)
	if err := json.NewEncoder(p.z).Encode(r); err != nil {
		return nil, fmt.Errorf("encode a decision's record: %w", err)
	}
	if err := p.z.Close(); err != nil {
		return nil, fmt.Errorf("encode a decision's record: %w", err)
	}
	return b.Bytes(), nil
}

// unpack reads what pack wrote.
func unpack(b []byte) (*Record, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("read a decision's record: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("read a decision's record: %w", err)
	}
	r := &Record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read a decision's record: %w", err)
	}
	return r, nil
}
