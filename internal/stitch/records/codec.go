package records

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"sync"
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

// Encode is a record as it is stored.
func Encode(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil || len(text) < compactFrom {
		return text, err
	}
	return Deflate(text)
}

// Text is the JSON of a record that is stored.
func Text(stored []byte) ([]byte, error) {
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

// Decode reads a record that is stored.
func Decode(stored []byte, v any) error {
	b, err := Text(stored)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// deflaters are compressors that are not in use; one is a megabyte of memory.
var deflaters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one that there is
	return z
}}

// Deflate is a text as gzip.
func Deflate(text []byte) ([]byte, error) {
	z := deflaters.Get().(*gzip.Writer)
	defer deflaters.Put(z)
	var b bytes.Buffer
	z.Reset(&b)
	if _, err := z.Write(text); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return b.Bytes(), nil
}
