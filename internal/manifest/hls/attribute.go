package hls

import "bytes"

// attributes reads an attribute list (RFC 8216bis §4.2) from left to right. It
// forgives blanks around names, values and commas, which real packagers write.
type attributes struct {
	s  []byte
	at int
}

// attribute is one name=value of a list. From and To bound the value in the
// list it was read from, its quotes not included.
type attribute struct {
	name     []byte
	value    []byte
	from, to int
	quoted   bool
	open     bool // its closing quote is missing
}

// next is the next attribute, false at the end of the list.
func (as *attributes) next() (a attribute, ok bool) {
	for as.at < len(as.s) {
		from := as.at
		for as.at < len(as.s) && as.s[as.at] != '=' && as.s[as.at] != ',' {
			as.at++
		}
		a.name = bytes.Trim(as.s[from:as.at], " \t")
		if as.at == len(as.s) || as.s[as.at] == ',' {
			as.at++
			continue // a bare word, as in "CUE-OUT:30,SpliceType=…"
		}
		as.at++
		as.value(&a)
		return a, true
	}
	return attribute{}, false
}

// value reads what stands after the equals sign, and the comma after it.
func (as *attributes) value(a *attribute) {
	for as.at < len(as.s) && (as.s[as.at] == ' ' || as.s[as.at] == '\t') {
		as.at++
	}
	if as.at < len(as.s) && as.s[as.at] == '"' {
		as.at++
		a.from, a.quoted = as.at, true
		if n := bytes.IndexByte(as.s[as.at:], '"'); n >= 0 {
			a.to = as.at + n
		} else {
			a.to, a.open = len(as.s), true
		}
		as.at = min(a.to+1, len(as.s))
		for as.at < len(as.s) && as.s[as.at] != ',' {
			as.at++
		}
	} else {
		a.from = as.at
		for as.at < len(as.s) && as.s[as.at] != ',' {
			as.at++
		}
		a.to = as.at
		for a.to > a.from && (as.s[a.to-1] == ' ' || as.s[a.to-1] == '\t') {
			a.to--
		}
	}
	a.value = as.s[a.from:a.to]
	as.at++
}

// attributeOf is the value of one attribute of a list.
func attributeOf(list []byte, name string) ([]byte, bool) {
	as := attributes{s: list}
	for a, ok := as.next(); ok; a, ok = as.next() {
		if string(a.name) == name {
			return a.value, true
		}
	}
	return nil, false
}

// trim takes blanks and line ends off both ends of a line. It is what most of
// Compile's time would go to if it were bytes.Trim.
func trim(s []byte) []byte { return trimEnd(trimStart(s)) }

// trimStart takes blanks and line ends off the beginning.
func trimStart(s []byte) []byte {
	for len(s) > 0 && blank(s[0]) {
		s = s[1:]
	}
	return s
}

// trimEnd takes blanks and line ends off the end.
func trimEnd(s []byte) []byte {
	for len(s) > 0 && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
