package awsapi

import (
	"fmt"
	"slices"
	"strings"
)

// ValidationError is everything that is wrong with a document, each problem
// beginning with the member's path.
type ValidationError struct{ Problems []string }

func (e *ValidationError) Error() string { return strings.Join(e.Problems, "; ") }

// Problems collects all problems of a document, so that an operator sees them at once.
type Problems []string

// Add adds a problem of a member.
func (p *Problems) Add(member, format string, args ...any) {
	*p = append(*p, member+" "+fmt.Sprintf(format, args...))
}

// About is whether a problem of the member has been added.
func (p *Problems) About(member string) bool {
	return slices.ContainsFunc(*p, func(problem string) bool { return strings.HasPrefix(problem, member+" ") })
}

// Err is the ValidationError of what was collected, nil if that is nothing.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return &ValidationError{Problems: p}
}
