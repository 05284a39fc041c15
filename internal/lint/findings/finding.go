package findings

import (
	"fmt"
	"strings"
	"time"
)

// Finding is a broken rule with when and where it was met.
type Finding struct {
	// Rule is one of the rules of manifest/hls/check/rule, of manifest/dash/check/rule or of
	// package lint.
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
	// By is whose segment it concerns, Ours or Origin; "" where it concerns none.
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

// Whose segment a finding concerns.
const (
	Ours   = "ours"
	Origin = "origin"
)
