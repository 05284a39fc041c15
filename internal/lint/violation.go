package lint

import (
	"fmt"
	"strings"

	"stitcher/internal/lint/findings"
	"stitcher/internal/manifest/dash/check/quantity"
	"stitcher/internal/manifest/dash/check/rule"

	hlsrule "stitcher/internal/manifest/hls/check/rule"
)

// fromHLS are violations of a media playlist as findings; by, where it is not nil,
// names whose segment one concerns.
func fromHLS(by func(hlsrule.Violation) string, found ...hlsrule.Violation) []findings.Finding {
	out := make([]findings.Finding, 0, len(found))
	for _, v := range found {
		f := findings.Finding{Rule: v.Rule, Section: v.Section, Detail: v.Detail, Line: v.Line}
		if v.Sequence >= 0 {
			f.Place = fmt.Sprintf("at %d", v.Sequence)
		}
		if by != nil {
			f.By = by(v)
		}
		out = append(out, f)
	}
	return out
}

// fromDASH are violations of an MPD as findings. A violation that concerns no
// Period concerns no segments.
func fromDASH(found ...rule.Violation) []findings.Finding {
	out := make([]findings.Finding, 0, len(found))
	for _, v := range found {
		f := findings.Finding{Rule: v.Rule, Section: v.Section, Detail: v.Detail, Line: v.Line, Place: place(v.Period, v.Representation, v.At)}
		switch {
		case v.Ad:
			f.By = findings.Ours
		case v.Period != "":
			f.By = findings.Origin
		}
		out = append(out, f)
	}
	return out
}

// place is where in an MPD something is; at is in microseconds since
// availabilityStartTime.
func place(period, representation string, at int64) string {
	var parts []string
	if period != "" {
		parts = append(parts, fmt.Sprintf("in Period %q", period))
	}
	if representation != "" {
		parts = append(parts, fmt.Sprintf("Representation %q", representation))
	}
	if at != quantity.Unknown {
		parts = append(parts, fmt.Sprintf("at %g s", float64(at)/1e6))
	}
	return strings.Join(parts, " ")
}
