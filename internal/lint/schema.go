package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// RuleMPDInvalid is an MPD that is not valid against its XML schema.
const RuleMPDInvalid = "mpd-invalid"

const sectionSchema = "law DASH 5; ISO/IEC 23009-1 annex B"

// schema validates MPDs with xmllint.
type schema struct{ program, file string }

// newSchema finds xmllint and the schema.
func newSchema(file string) (*schema, error) {
	program, err := exec.LookPath("xmllint")
	if err != nil {
		return nil, errors.New("xmllint, which --xsd needs, is not installed")
	}
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return &schema{program, file}, nil
}

// check validates a text. Each message of xmllint is a finding.
func (s *schema) check(ctx context.Context, text []byte) (found []Finding) {
	//nolint:gosec // the program is xmllint, and the file is the user's
	c := exec.CommandContext(ctx, s.program, "--nonet", "--noout", "--schema", s.file, "-")
	c.Stdin = bytes.NewReader(text)
	out, err := c.CombinedOutput()
	if err == nil || ctx.Err() != nil {
		return nil
	}
	for line := range strings.Lines(string(out)) {
		// -:12: element Period: Schemas validity error : what is wrong
		where, what, ok := strings.Cut(strings.TrimSpace(line), ": Schemas validity error : ")
		_, where, _ = strings.Cut(where, ":")
		number, element, _ := strings.Cut(where, ": ")
		if n, err := strconv.Atoi(number); ok && err == nil {
			found = append(found, Finding{Rule: RuleMPDInvalid, Section: sectionSchema, Place: "at " + element, Line: n, Detail: what})
		}
	}
	if found == nil {
		found = append(found, Finding{Rule: RuleMPDInvalid, Section: sectionSchema, Detail: fmt.Sprintf("xmllint: %v: %.200s", err, out)})
	}
	return found
}
