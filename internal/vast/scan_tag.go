package vast

import "bytes"

// maxAttributes is how many attributes of a tag are kept; VAST has none with
// more than twenty.
const maxAttributes = 64

// start takes a start tag with its attributes.
func (s *scanner) start() (token, error) {
	from := s.at
	s.at++
	name := s.word()
	if len(name) == 0 || len(s.open) >= MaxElementDepth {
		return token{}, malformed("byte %d: a tag without name or nested deeper than %d", from, MaxElementDepth)
	}
	s.attributes = s.attributes[:0]
	for {
		s.space()
		if s.at >= len(s.in) {
			return token{}, malformed("byte %d: <%s> has no end", from, name)
		}
		if c := s.in[s.at]; c == '/' || c == '>' {
			break
		}
		if err := s.attribute(name); err != nil {
			return token{}, err
		}
	}
	if s.in[s.at] == '/' {
		s.at++
		s.closing = true
	}
	if s.at >= len(s.in) || s.in[s.at] != '>' {
		return token{}, malformed("byte %d: <%s> has no end", from, name)
	}
	s.at++
	s.rooted = true
	s.open = append(s.open, name)
	return token{kind: startTag, name: local(name), attributes: s.attributes, from: from, to: s.at}, nil
}

// attribute takes one attribute of a tag.
func (s *scanner) attribute(tag []byte) error {
	name := s.word()
	s.space()
	if len(name) == 0 || s.at+1 >= len(s.in) || s.in[s.at] != '=' {
		return malformed("byte %d: <%s> has an attribute without value", s.at, tag)
	}
	s.at++
	s.space()
	if s.at >= len(s.in) || s.in[s.at] != '"' && s.in[s.at] != '\'' {
		return malformed("byte %d: <%s %s> has a value without quotes", s.at, tag, name)
	}
	quote := s.in[s.at]
	s.at++
	n := bytes.IndexByte(s.in[s.at:], quote)
	if n < 0 {
		return malformed("byte %d: <%s %s> has a value without end", s.at, tag, name)
	}
	if len(s.attributes) < maxAttributes {
		s.attributes = append(s.attributes, rawAttribute{name: local(name), value: s.in[s.at : s.at+n]})
	}
	s.at += n + 1
	return nil
}

// word reads a name: up to white space, '=', '/', '>' or a character that
// can't be in one.
func (s *scanner) word() []byte {
	from := s.at
	for s.at < len(s.in) {
		switch s.in[s.at] {
		case ' ', '\t', '\r', '\n', '=', '/', '>', '<', '"', '\'', '&':
			return s.in[from:s.at]
		}
		s.at++
	}
	return s.in[from:]
}

// space passes white space.
func (s *scanner) space() {
	for s.at < len(s.in) && space(s.in[s.at]) {
		s.at++
	}
}
