// Package xsd validates XML documents by an XML schema, with xmllint.
package xsd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrNoProgram says that xmllint is not installed.
var ErrNoProgram = errors.New("xmllint is not installed")

// Schema is the file of an XML schema.
type Schema struct{ program, file string }

// Fault is a place where a document is not valid.
type Fault struct {
	// Line counts from 1; 0 is unknown.
	Line int
	// Element is the element at that place, such as "element Period".
	Element string
	// Detail says what is wrong.
	Detail string
}

// String is the fault as one line.
func (f Fault) String() string {
	return fmt.Sprintf("line %d: %s: %s", f.Line, f.Element, f.Detail)
}

// Open finds xmllint and the file of a schema.
func Open(file string) (*Schema, error) {
	program, err := exec.LookPath("xmllint")
	if err != nil {
		return nil, ErrNoProgram
	}
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return &Schema{program, file}, nil
}

// Check validates documents in one run of xmllint, because it reads the schema in each.
// There is a list of faults for each document, nil where it is valid.
func (s *Schema) Check(ctx context.Context, documents ...[]byte) ([][]Fault, error) {
	if len(documents) == 0 {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "xsd")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	schema, err := filepath.Abs(s.file)
	if err != nil {
		return nil, err
	}
	args := []string{"--nonet", "--noout", "--schema", schema}
	for i, d := range documents {
		name := strconv.Itoa(i)
		if err := os.WriteFile(filepath.Join(dir, name), d, 0o600); err != nil {
			return nil, err
		}
		args = append(args, name)
	}
	c := exec.CommandContext(ctx, s.program, args...) //nolint:gosec // the program is xmllint
	c.Dir = dir
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) || ctx.Err() != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	return read(out.String(), len(documents))
}

// read reads what xmllint says of n documents. Each has a last line, which tells
// whether it is valid, unless it is no XML.
func read(out string, n int) ([][]Fault, error) {
	found := make([][]Fault, n)
	valid := make([]bool, n)
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		number, what, ok := cutNumber(line, " ")
		if ok && number < n && what == "validates" {
			valid[number] = true
			continue
		}
		// 3:12: element Period: Schemas validity error : what is wrong
		number, what, ok = cutNumber(line, ":")
		if !ok || number >= n {
			continue
		}
		at, what, ok := cutNumber(what, ": ")
		if !ok {
			continue
		}
		element, detail, ok := strings.Cut(what, ": Schemas validity error : ")
		if !ok {
			element, detail = "", what
		}
		found[number] = append(found[number], Fault{Line: at, Element: element, Detail: detail})
	}
	for i := range found {
		if !valid[i] && found[i] == nil {
			return nil, fmt.Errorf("xmllint: %.400s", out)
		}
	}
	return found, nil
}

// cutNumber is the number before a separator, and what comes after that.
func cutNumber(text, separator string) (n int, rest string, ok bool) {
	head, rest, ok := strings.Cut(text, separator)
	n, err := strconv.Atoi(head)
	return n, rest, ok && err == nil && n >= 0
}
