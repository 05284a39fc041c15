package bundle

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrFormat says that a file is no bundle of this version.
var ErrFormat = errors.New("the file is not a bundle of a session")

// The limits of a file that is read, in bytes: a line, and all of it unpacked.
const (
	maxLine = 64 << 20
	maxFile = 1 << 30
)

// Read reads a file, packed or not. It returns ErrFormat where it is no bundle, or
// longer than 1 GiB unpacked.
func Read(r io.Reader) (*Bundle, error) {
	in := bufio.NewReader(r)
	if magic, err := in.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		in = bufio.NewReader(z)
	}
	b := &Bundle{Bodies: map[string]Body{}, Lines: map[string]Line{}}
	limited := &io.LimitedReader{R: in, N: maxFile}
	scan := bufio.NewScanner(limited)
	scan.Buffer(nil, maxLine)
	for n := 1; scan.Scan(); n++ {
		var l line
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrFormat, n, err)
		}
		if n == 1 && (l.Head == nil || l.Head.Version != Version || l.Head.Session == nil) {
			return nil, fmt.Errorf("%w of version %d", ErrFormat, Version)
		}
		b.add(&l)
	}
	switch err := scan.Err(); {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	case limited.N <= 0:
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrFormat, maxFile)
	case b.Head.Session == nil:
		return nil, fmt.Errorf("%w: it is empty", ErrFormat)
	}
	b.Sort()
	return b, nil
}

func (b *Bundle) add(l *line) {
	switch {
	case l.Head != nil:
		b.Head = *l.Head
	case l.Fact != nil:
		b.Facts = append(b.Facts, *l.Fact)
	case l.Asset != nil:
		b.Assets = append(b.Assets, l.Asset)
	case l.Body != nil:
		b.Bodies[l.Body.Hash] = l.Body.Value
	case l.Line != nil:
		b.Lines[l.Line.Hash] = l.Line.Value
	case l.Record != nil:
		b.Records = append(b.Records, *l.Record)
	case l.Answer != nil:
		b.Answers = append(b.Answers, *l.Answer)
	}
}

// Sort puts facts and answers in order, and leaves out facts that are there twice:
// two nodes may have recorded them.
func (b *Bundle) Sort() {
	slices.SortStableFunc(b.Facts, func(x, y Fact) int {
		return cmp.Or(cmp.Compare(x.Log, y.Log), cmp.Compare(x.Rev, y.Rev), cmp.Compare(x.Key, y.Key))
	})
	b.Facts = slices.CompactFunc(b.Facts, func(x, y Fact) bool { return x.Log == y.Log && x.Key == y.Key && x.Rev == y.Rev })
	slices.SortStableFunc(b.Answers, func(x, y Answer) int { return cmp.Compare(x.At, y.At) })
}

// Damage is what is wrong with the file itself: texts that are not what their hashes
// say, and texts that are missing. A bundle without damage may still have been changed
// together with its hashes; a replay then differs.
func (b *Bundle) Damage() []string {
	var out []string
	for _, hash := range sorted(b.Bodies) {
		if x := b.Bodies[hash]; HashOf(x.Encode()) != hash {
			out = append(out, fmt.Sprintf("the origin's playlist %.12s is not what its hash says", hash))
		}
	}
	for _, hash := range sorted(b.Lines) {
		x := b.Lines[hash]
		if text, err := x.Encode(); err != nil || HashOf(text) != hash {
			out = append(out, fmt.Sprintf("the view %.12s is not what its hash says", hash))
		}
		if _, ok := b.Bodies[x.Body]; x.Body != "" && !ok {
			out = append(out, fmt.Sprintf("the origin's playlist %.12s is missing", x.Body))
		}
	}
	for i := range b.Answers {
		if a := &b.Answers[i]; HashOf([]byte(a.Text)) != a.Hash {
			out = append(out, fmt.Sprintf("answer %d is not what its hash says", i+1))
		}
	}
	return out
}
