package stitch

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// A decision names the tracking URLs of all of its ads, which are alike, and is read for each
// ad segment that was watched. So records that are long are stored as gzip.

const (
	// gzipMark begins a record that is gzip; no JSON does.
	gzipMark = 0x1f
	// compactFrom is how long a record must be.
	compactFrom = 1 << 10
	// maxCompact bounds a record as it is read back.
	maxCompact = 16 << 20
)

// encodeRecord is a record as it is stored.
func encodeRecord(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil || len(text) < compactFrom {
		return text, err
	}
	return deflated(text)
}

// recordText is the JSON of a record that is stored.
func recordText(stored []byte) ([]byte, error) {
	if len(stored) == 0 || stored[0] != gzipMark {
		return stored, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(stored))
	if err != nil {
		return nil, fmt.Errorf("decompress a record: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(z, maxCompact))
	if err != nil {
		return nil, fmt.Errorf("decompress a record: %w", err)
	}
	return b, nil
}

// decodeRecord reads a record that is stored.
func decodeRecord(stored []byte, v any) error {
	b, err := recordText(stored)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
