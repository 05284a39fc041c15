package vast

import (
	"bytes"
	"html"
	"strings"
)

// start takes a start tag: its attributes are repaired by the rules, and what
// the model doesn't keep is noted.
func (r *repairer) start() (done bool, err error) {
	from := r.at
	r.at++
	name := string(r.word())
	if name == "" || len(r.stack) >= MaxElementDepth {
		return false, malformed("byte %d: a tag without name or nested deeper than %d", from, MaxElementDepth)
	}
	if err := r.root(name); err != nil {
		return false, err
	}
	parent := ""
	if n := len(r.stack); n > 0 {
		parent = local(r.stack[n-1])
	}
	element := local(name)
	r.capturing = 0 // an element inside a captured one ends the capture
	r.idValue, r.authority = "", ""
	if element == "Creative" {
		r.timed = false
	}
	if len(r.stack) == 1 && element == "Ad" {
		r.ads = append(r.ads, rawAd{start: from})
	}
	r.stack = append(r.stack, name)
	r.out = append(append(r.out, '<'), name...)
	for {
		more, err := r.attribute(parent, element)
		if err != nil {
			return false, err
		}
		if !more {
			break
		}
	}
	selfClosing := r.in[r.at] == '/'
	if selfClosing {
		r.at++
	}
	if r.at >= len(r.in) || r.in[r.at] != '>' {
		return false, malformed("byte %d: <%s> has no end", from, name)
	}
	r.at++
	r.out = append(r.out, '>')
	if captured(parent, element) {
		r.capturing, r.capture = len(r.stack), r.capture[:0]
	}
	if selfClosing {
		r.close()
	}
	return len(r.stack) == 0, nil
}

// root checks the name of the first element: haxqer's model takes any root,
// an HTML page too, for an empty VAST.
func (r *repairer) root(name string) error {
	if len(r.stack) > 0 {
		return nil
	}
	switch local(name) {
	case "VAST":
		return nil
	case "VMAP":
		return &ParseError{Code: codeSchema, Err: ErrVMAP}
	case "VideoAdServingTemplate":
		return malformedVersion("1.0")
	}
	e := malformed("the root element is <%s>, not <VAST>", name)
	e.Code = codeSchema
	return e
}

// malformedVersion is the error for a version that is not supported.
func malformedVersion(version string) *ParseError {
	e := malformed("VAST %s is not supported", version)
	e.Code = codeVersion
	return e
}

// word reads a name: up to white space, '=', '/' or '>'.
func (r *repairer) word() []byte {
	n := bytes.IndexAny(r.in[r.at:], " \t\r\n=/><\"'&")
	if n < 0 {
		n = len(r.in) - r.at
	}
	w := r.in[r.at : r.at+n]
	r.at += n
	return w
}

// space passes white space.
func (r *repairer) space() {
	for r.at < len(r.in) && strings.IndexByte(" \t\r\n", r.in[r.at]) >= 0 {
		r.at++
	}
}

// attribute takes one attribute of a start tag; more is false at '/' or '>'.
func (r *repairer) attribute(parent, element string) (more bool, err error) {
	r.space()
	if r.at >= len(r.in) {
		return false, malformed("byte %d: <%s> has no end", r.at, element)
	}
	if c := r.in[r.at]; c == '/' || c == '>' {
		return false, nil
	}
	name := r.word()
	r.space()
	if len(name) == 0 || r.at+1 >= len(r.in) || r.in[r.at] != '=' {
		return false, malformed("byte %d: <%s> has an attribute without value", r.at, element)
	}
	r.at++
	r.space()
	if r.at >= len(r.in) || r.in[r.at] != '"' && r.in[r.at] != '\'' {
		return false, malformed("byte %d: <%s %s> has a value without quotes", r.at, element, name)
	}
	quote := r.in[r.at]
	r.at++
	n := bytes.IndexByte(r.in[r.at:], quote)
	if n < 0 {
		return false, malformed("byte %d: <%s %s> has a value without end", r.at, element, name)
	}
	value := r.in[r.at : r.at+n]
	r.at += n + 1
	r.emit(parent, element, string(name), value, quote)
	return true, nil
}

// emit writes an attribute as its rule wants it.
func (r *repairer) emit(parent, element, name string, value []byte, quote byte) {
	short := local(name)
	switch short {
	case "idValue":
		r.idValue = html.UnescapeString(string(value))
	case "authority":
		r.authority = html.UnescapeString(string(value))
	}
	switch attributeKind(parent, element, short) {
	case integer:
		text, ok := repairInteger(string(value))
		if !ok {
			return
		}
		value = []byte(text)
	case boolean:
		text, ok := repairBoolean(string(value))
		if !ok {
			return
		}
		value = []byte(text)
	case handled:
		value = []byte(r.handle(string(value)))
	case dropped:
		return
	}
	r.out = append(append(append(r.out, ' '), name...), '=', quote)
	r.out = appendText(r.out, value, quote)
	r.out = append(r.out, quote)
}
