package syntax

import "bytes"

// Attributes reads an attribute list (RFC 8216bis §4.2) from left to right. It
// forgives blanks around names, values and commas, which real packagers write.
type Attributes struct {
	s  []byte
	at int
}

// ReadAttributes begins to read a list.
func ReadAttributes(list []byte) Attributes { return Attributes{s: list} }

// Attribute is one name=value of a list. From and To bound the value in the
// list it was read from, its quotes not included.
type Attribute struct {
	Name     []byte
	Value    []byte
	From, To int
	Quoted   bool
	Open     bool // its closing quote is missing
}

// Next is the next attribute, false at the end of the list.
func (as *Attributes) Next() (a Attribute, ok bool) {
	for as.at < len(as.s) {
		from := as.at
		for as.at < len(as.s) && as.s[as.at] != '=' && as.s[as.at] != ',' {
			as.at++
		}
		a.Name = bytes.Trim(as.s[from:as.at], " \t")
		if as.at == len(as.s) || as.s[as.at] == ',' {
			as.at++
			continue // a bare word, as in "CUE-OUT:30,SpliceType=…"
		}
		as.at++
		as.value(&a)
		return a, true
	}
	return Attribute{}, false
}

// value reads what stands after the equals sign, and the comma after it.
func (as *Attributes) value(a *Attribute) {
	for as.at < len(as.s) && (as.s[as.at] == ' ' || as.s[as.at] == '\t') {
		as.at++
	}
	if as.at < len(as.s) && as.s[as.at] == '"' {
		as.at++
		a.From, a.Quoted = as.at, true
		if n := bytes.IndexByte(as.s[as.at:], '"'); n >= 0 {
			a.To = as.at + n
		} else {
			a.To, a.Open = len(as.s), true
		}
		as.at = min(a.To+1, len(as.s))
		for as.at < len(as.s) && as.s[as.at] != ',' {
			as.at++
		}
	} else {
		a.From = as.at
		for as.at < len(as.s) && as.s[as.at] != ',' {
			as.at++
		}
		a.To = as.at
		for a.To > a.From && (as.s[a.To-1] == ' ' || as.s[a.To-1] == '\t') {
			a.To--
		}
	}
	a.Value = as.s[a.From:a.To]
	as.at++
}

// AttributeOf is the value of one attribute of a list.
func AttributeOf(list []byte, name string) ([]byte, bool) {
	as := ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		if string(a.Name) == name {
			return a.Value, true
		}
	}
	return nil, false
}

// Trim takes blanks and line ends off both ends of a line. It is what most of
// Compile's time would go to if it were bytes.Trim.
func Trim(s []byte) []byte { return TrimEnd(TrimStart(s)) }

// TrimStart takes blanks and line ends off the beginning.
func TrimStart(s []byte) []byte {
	for len(s) > 0 && Blank(s[0]) {
		s = s[1:]
	}
	return s
}

// TrimEnd takes blanks and line ends off the end.
func TrimEnd(s []byte) []byte {
	for len(s) > 0 && Blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// Blank is whether a byte is a blank or ends a line.
func Blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
