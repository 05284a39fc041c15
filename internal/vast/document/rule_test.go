package document

import (
	"strings"
	"testing"

	"stitcher/internal/vast/markup"
)

// TestRulesAreSpelled: what a decision needs is known by its name, in any case.
func TestRulesAreSpelled(t *testing.T) {
	for name := range needed {
		if got := markup.Element([]byte(strings.ToUpper(name))); got != name {
			t.Errorf("element %s is read as %s", name, got)
		}
	}
	for name := range read {
		if got := markup.AttributeName([]byte(strings.ToUpper(name))); got != name {
			t.Errorf("attribute %s is read as %s", name, got)
		}
	}
}
