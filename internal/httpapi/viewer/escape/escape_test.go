package escape

import "testing"

func TestEscape(t *testing.T) {
	const s = `a%2Fb %zz"{ü}+/~`
	for name, c := range map[string]struct {
		escape func(string) string
		want   string
	}{
		"Path":  {Path, "a%2Fb%20%zz%22%7B%C3%BC%7D+/~"},
		"Query": {Query, "a%2Fb%20%zz%22{%C3%BC}+/~"},
		"Text":  {Text, "a%252Fb%20%25zz%22%7B%C3%BC%7D%2B%2F~"},
		"Mixed": {Mixed, "a%2Fb%20%25zz%22%7B%C3%BC%7D%2B%2F~"},
	} {
		if got := c.escape(s); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
