package corpus

import (
	"fmt"
	"strings"
)

// Difference is the first line in which two texts differ.
func Difference(want, got string) string {
	w, g := strings.SplitAfter(want, "\n"), strings.SplitAfter(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d: got %q, want %q", i+1, b, a)
		}
	}
	return "no difference"
}
