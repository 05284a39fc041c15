package bundle

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"stitcher/internal/avail"
)

// line is one line of the file: exactly one member is set.
type line struct {
	Head   *Head        `json:"head,omitempty"`
	Fact   *Fact        `json:"fact,omitempty"`
	Asset  *avail.Asset `json:"asset,omitempty"`
	Body   *named[Body] `json:"body,omitempty"`
	Line   *named[Line] `json:"line,omitempty"`
	Record *Record      `json:"record,omitempty"`
	Answer *Answer      `json:"answer,omitempty"`
}

// named is what stands under a hash.
type named[T any] struct {
	Hash  string `json:"hash"`
	Value T      `json:"value"`
}

// Write writes the file.
func (b *Bundle) Write(w io.Writer) error {
	z := gzip.NewWriter(w)
	e := json.NewEncoder(z)
	e.SetEscapeHTML(false)
	for l := range b.lines {
		if err := e.Encode(l); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// lines gives the lines of the file in order.
func (b *Bundle) lines(yield func(*line) bool) {
	more := yield(&line{Head: &b.Head})
	for i := 0; more && i < len(b.Facts); i++ {
		more = yield(&line{Fact: &b.Facts[i]})
	}
	for i := 0; more && i < len(b.Assets); i++ {
		more = yield(&line{Asset: b.Assets[i]})
	}
	for _, hash := range sorted(b.Bodies) {
		more = more && yield(&line{Body: &named[Body]{hash, b.Bodies[hash]}})
	}
	for _, hash := range sorted(b.Lines) {
		more = more && yield(&line{Line: &named[Line]{hash, b.Lines[hash]}})
	}
	for i := 0; more && i < len(b.Records); i++ {
		more = yield(&line{Record: &b.Records[i]})
	}
	for i := 0; more && i < len(b.Answers); i++ {
		more = yield(&line{Answer: &b.Answers[i]})
	}
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
