package records

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
)

// DecisionRecord is how a decision came about. It explains later why an avail looked
// as it did. Its request holds no secret, no consent string and no full address
// (design §9); its answer is, like the decision, told without them (Explain).
type DecisionRecord struct {
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

// Packer packs records one after the other: when a herd has decided, a thousand
// of them are there at once, and viewers ask for playlists meanwhile. A
// compressor is a megabyte of memory, so that one is kept.
type Packer struct {
	mu sync.Mutex
	z  *gzip.Writer
}

// Pack is r as it is stored: ad responses shrink to a tenth.
func (p *Packer) Pack(r *DecisionRecord) ([]byte, error) {
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

// Unpack reads what Pack wrote.
func Unpack(b []byte) (*DecisionRecord, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("read a decision's record: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("read a decision's record: %w", err)
	}
	r := &DecisionRecord{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read a decision's record: %w", err)
	}
	return r, nil
}
