package lint

import (
	"fmt"
	"strings"
	"time"

	"stitcher/internal/manifest/dash/check/quantity"
	"stitcher/internal/manifest/dash/check/rule"

	hlsrule "stitcher/internal/manifest/hls/check/rule"
)

// Finding is a broken rule with when and where it was met.
type Finding struct {
	// Rule is one of the rules of package hls or dash, or of this package.
	Rule string
	// Section says where the rule is written.
	Section string
	// Detail says in one sentence what was found.
	Detail string
	// Place says what is concerned within the rendition: a media sequence number, a
	// Period, an instant; "" where it is about the playlist or MPD as a whole.
	Place string
	// Line is the line of the playlist or MPD, from 1; 0 is unknown.
	Line int
	// At is when it was met.
	At time.Time
	// Rendition names the playlist, or what of an MPD is concerned.
	Rendition string
	// By is whose segment it concerns, "ours" or "origin"; "" where it
	// concerns none.
	By string
}

// String is the finding as one line.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s", f.At.UTC().Format("15:04:05.000"), f.Rendition, f.Rule)
	if f.Place != "" {
		b.WriteString(" " + f.Place)
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, " (line %d)", f.Line)
	}
	fmt.Fprintf(&b, ": %s [%s]", f.Detail, f.Section)
	if f.By != "" {
		b.WriteString(" by " + f.By)
	}
	return b.String()
}

// Who broke a rule.
const (
	byOurs   = "ours"
	byOrigin = "origin"
)

// fromHLS are violations of a media playlist as findings; by, where it is not nil,
// names whose segment one concerns.
func fromHLS(by func(hlsrule.Violation) string, found ...hlsrule.Violation) []Finding {
	out := make([]Finding, 0, len(found))
	for _, v := range found {
		f := Finding{Rule: v.Rule, Section: v.Section, Detail: v.Detail, Line: v.Line}
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
func fromDASH(found ...rule.Violation) []Finding {
	out := make([]Finding, 0, len(found))
	for _, v := range found {
		f := Finding{Rule: v.Rule, Section: v.Section, Detail: v.Detail, Line: v.Line, Place: place(v.Period, v.Representation, v.At)}
		switch {
		case v.Ad:
			f.By = byOurs
		case v.Period != "":
			f.By = byOrigin
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
