package variable

import "strings"

// longestName bounds the search for the end of a variable, so that a template
// full of opening brackets costs no more than its length.
const longestName = 256

// namespaces are what dynamic variables begin with.
var namespaces = [...]string{"session.", "avail.", "scte.", "player_params.", "asset."}

// syntax is how variables are written in a template.
type syntax struct {
	open, end string
	// accepts tells a variable's name from other text that stands between the
	// same brackets.
	accepts func(name string) bool
}

// The syntaxes of reference §4.2. They are not interchangeable: brackets are
// JSON's, braces are no URL's.
var (
	// brackets is [variable], that of URLs. Other text in brackets is none of
	// ours and stays: a macro of VAST, an IPv6 address, a key such as "a[]".
	brackets = syntax{"[", "]", isVariable}
	// braces is {{variable}}, that of headers and bodies.
	braces = syntax{"{{", "}}", isPlaceholder}
)

// isVariable tells whether a name is in one of the namespaces.
func isVariable(name string) bool {
	for _, n := range namespaces {
		if strings.HasPrefix(name, n) {
			return true
		}
	}
	return false
}

// isPlaceholder tells whether a name can be that of a variable: two braces that
// JSON has next to each other enclose something else.
func isPlaceholder(name string) bool {
	return strings.TrimSpace(name) != "" && !strings.ContainsAny(name, "{}\"\r\n")
}

// substitute appends the template to dst, value in the place of each variable:
// value appends that of a name to what it is given. What value appends is not
// looked at again, so values bring in no variables.
func (s syntax) substitute(dst []byte, template string, value func(dst []byte, name string) []byte) []byte {
	for {
		from := strings.Index(template, s.open)
		if from < 0 {
			return append(dst, template...)
		}
		dst, template = append(dst, template[:from]...), template[from:]
		rest := template[len(s.open):]
		to := strings.Index(rest[:min(len(rest), longestName+len(s.end))], s.end)
		if to < 0 || !s.accepts(rest[:to]) {
			dst, template = append(dst, template[0]), template[1:]
			continue
		}
		dst, template = value(dst, strings.TrimSpace(rest[:to])), rest[to+len(s.end):]
	}
}

// has tells whether there is a variable in a text.
func (s syntax) has(text string) bool {
	found := false
	s.substitute(nil, text, func(dst []byte, _ string) []byte {
		found = true
		return dst
	})
	return found
}
