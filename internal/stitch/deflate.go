package stitch

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"sync"
)

// deflaters are compressors that are not in use; one is a megabyte of memory.
var deflaters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one that there is
	return z
}}

// deflated is a text as gzip.
func deflated(text []byte) ([]byte, error) {
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
