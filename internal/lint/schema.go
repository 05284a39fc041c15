package lint

import (
	"context"

	"stitcher/internal/lint/findings"
	"stitcher/internal/lint/xsd"
)

// RuleMPDInvalid is an MPD that is not valid against its XML schema.
const RuleMPDInvalid = "mpd-invalid"

const sectionSchema = "law DASH 5; ISO/IEC 23009-1 annex B"

// invalid are the places where an MPD is not valid, as findings.
func invalid(ctx context.Context, s *xsd.Schema, text []byte) (found []findings.Finding) {
	faults, err := s.Check(ctx, text)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return []findings.Finding{{Rule: RuleMPDInvalid, Section: sectionSchema, Detail: err.Error()}}
	}
	for _, f := range faults[0] {
		found = append(found, findings.Finding{Rule: RuleMPDInvalid, Section: sectionSchema, Place: "at " + f.Element, Line: f.Line, Detail: f.Detail})
	}
	return found
}
