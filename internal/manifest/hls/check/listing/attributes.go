package listing

import (
	"slices"
	"strings"
)

// attribute is one AttributeName=AttributeValue.
type attribute struct {
	name string
	// value is without its quotes, raw is with them.
	value, raw string
	quoted     bool
}

// attributes is an attribute list in the order written.
type attributes []attribute

// get is the value of an attribute and whether it is there.
func (as attributes) get(name string) (string, bool) {
	for _, a := range as {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// sorted is the list as written, but in the order of its names.
func (as attributes) sorted() string {
	pairs := make([]string, len(as))
	for i, a := range as {
		pairs[i] = a.name + "=" + a.raw
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}

// readAttributes reads an attribute list (RFC 8216bis §4.2). What cannot
// be read ends it; fault then says what is wrong.
func readAttributes(s string) (as attributes, fault string) {
	for s != "" {
		name, rest, found := strings.Cut(s, "=")
		if !found || !isAttributeName(name) {
			return as, "an attribute name is made of A-Z, 0-9 and - and ends with ="
		}
		a := attribute{name: name}
		if strings.HasPrefix(rest, `"`) {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return as, "the quote of " + name + " is not closed"
			}
			a.quoted, a.value, a.raw = true, rest[1:1+end], rest[:end+2]
			rest = rest[end+2:]
			if rest != "" && rest[0] != ',' {
				return append(as, a), "something follows the closing quote of " + name
			}
			rest = strings.TrimPrefix(rest, ",")
		} else {
			a.value, rest, _ = strings.Cut(rest, ",")
			a.raw = a.value
			if a.value == "" || strings.ContainsAny(a.value, " \t\"") {
				return append(as, a), "the unquoted value of " + name + " is empty or has a space or quote in it"
			}
		}
		as = append(as, a)
		s = rest
	}
	return as, ""
}

func isAttributeName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}
