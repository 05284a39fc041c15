package rule

import (
	"fmt"
	"strings"

	"stitcher/internal/manifest/dash/check/quantity"
)

// Violation is one broken rule of one MPD or of its update.
type Violation struct {
	// Rule is one of the constants; the set is closed, so it can be a metric
	// label.
	Rule string
	// Section says where the rule is written: the id of the rule among those that
	// players impose, the law of the output, or the section of the standard.
	Section string
	// Detail says in one sentence what was found.
	Detail string
	// Period and Representation are the ids of what is concerned, "" where it is
	// about the MPD as a whole.
	Period, Representation string
	// At is when in the presentation, in microseconds since availabilityStartTime;
	// Unknown where it is about no instant.
	At int64
	// Ad is whether it concerns a Period whose media is a stitcher's.
	Ad bool
	// Line is the line of the (newer) MPD, from 1; 0 is unknown.
	Line int
}

// String is the violation as one line of a report.
func (v Violation) String() string {
	var where strings.Builder
	if v.Period != "" {
		fmt.Fprintf(&where, " in Period %q", v.Period)
	}
	if v.Representation != "" {
		fmt.Fprintf(&where, " Representation %q", v.Representation)
	}
	if v.At != quantity.Unknown {
		fmt.Fprintf(&where, " at %s s", quantity.Seconds(v.At))
	}
	if v.Line > 0 {
		fmt.Fprintf(&where, " (line %d)", v.Line)
	}
	return fmt.Sprintf("%s%s: %s [%s]", v.Rule, where.String(), v.Detail, v.Section)
}

// Place is what a violation concerns.
type Place struct {
	// Period and Representation are ids, "" where it is about the MPD as a whole.
	Period, Representation string
	// Ad is whether the Period's media is a stitcher's.
	Ad bool
	// At is when in the presentation, as in Violation.
	At int64
	// Line is where it stands in the text, from 1; 0 is unknown.
	Line int
}

// Whole is the MPD as a whole.
func Whole() Place { return Place{At: quantity.Unknown} }

// Moment is the place at an instant of the presentation.
func (w Place) Moment(at int64) Place {
	w.At = at
	return w
}

// Found gathers violations.
type Found []Violation

// Add adds the violation of a rule.
func (f *Found) Add(rule string, where Place, format string, args ...any) {
	*f = append(*f, Violation{
		Rule: rule, Section: sections[rule], Detail: fmt.Sprintf(format, args...),
		Period: where.Period, Representation: where.Representation, At: where.At, Ad: where.Ad, Line: where.Line,
	})
}
