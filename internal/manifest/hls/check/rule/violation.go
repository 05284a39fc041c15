package rule

import "fmt"

// Violation is one broken rule of one media playlist or of its update.
type Violation struct {
	// Rule is one of the constants; the set is closed, so it can be a
	// metric label.
	Rule string
	// Section says where the rule is written.
	Section string
	// Detail says in one sentence what was found.
	Detail string
	// Sequence is the media sequence number of the segment concerned, -1
	// where it is about the playlist as a whole.
	Sequence int64
	// Line is the line of the (newer) playlist, from 1; 0 is unknown.
	Line int
}

// String is the violation as one line of a report.
func (v Violation) String() string {
	where := ""
	if v.Sequence >= 0 {
		where = fmt.Sprintf(" at %d", v.Sequence)
	}
	if v.Line > 0 {
		where += fmt.Sprintf(" (line %d)", v.Line)
	}
	return fmt.Sprintf("%s%s: %s [%s]", v.Rule, where, v.Detail, v.Section)
}

// Found gathers violations.
type Found []Violation

// Add adds the violation of a rule.
func (f *Found) Add(rule string, sequence int64, line int, format string, args ...any) {
	*f = append(*f, Violation{
		Rule:     rule,
		Section:  sections[rule],
		Detail:   fmt.Sprintf(format, args...),
		Sequence: sequence,
		Line:     line,
	})
}
