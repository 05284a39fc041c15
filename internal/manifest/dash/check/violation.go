package check

import (
	"fmt"
	"strings"
)

// Violation is one broken rule of one MPD or of its update.
type Violation struct {
	// Rule is one of the Rule constants; the set is closed, so it can be a metric
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
	if v.At != Unknown {
		fmt.Fprintf(&where, " at %s s", checkSeconds(v.At))
	}
	if v.Line > 0 {
		fmt.Fprintf(&where, " (line %d)", v.Line)
	}
	return fmt.Sprintf("%s%s: %s [%s]", v.Rule, where.String(), v.Detail, v.Section)
}

// checkPlace is what a violation concerns.
type checkPlace struct {
	period         *Period
	representation *Representation
	at             int64
	line           int
}

// checkWhole is the MPD as a whole.
var checkWhole = checkPlace{at: Unknown}

// place is a Period as a place.
func (p *Period) place() checkPlace { return checkPlace{period: p, at: p.Start, line: p.Line} }

// place is a Representation as a place.
func (r *Representation) place(p *Period) checkPlace {
	return checkPlace{period: p, representation: r, at: Unknown, line: r.Line}
}

// moment is the place at an instant of the presentation.
func (w checkPlace) moment(at int64) checkPlace {
	w.at = at
	return w
}

// findings gathers violations.
type findings []Violation

func (f *findings) add(rule string, where checkPlace, format string, args ...any) {
	v := Violation{Rule: rule, Section: checkSections[rule], Detail: fmt.Sprintf(format, args...), At: where.at, Line: where.line}
	if p := where.period; p != nil {
		v.Period, v.Ad = p.ID, p.Ad
	}
	if r := where.representation; r != nil {
		v.Representation = r.ID
	}
	*f = append(*f, v)
}
