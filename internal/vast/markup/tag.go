package markup

import "bytes"

// maxAttributes is how many attributes of a tag are kept; VAST has none with
// more than twenty.
const maxAttributes = 64

// start takes a start tag with its attributes.
func (s *Scanner) start() (Token, error) {
	from := s.at
	s.at++
	name := s.word()
	if len(name) == 0 || len(s.open) >= MaxElementDepth {
		return Token{}, Malformed("byte %d: a tag without name or nested deeper than %d", from, MaxElementDepth)
	}
	s.attributes = s.attributes[:0]
	for {
		s.space()
		if s.at >= len(s.In) {
			return Token{}, Malformed("byte %d: <%s> has no end", from, name)
		}
		if c := s.In[s.at]; c == '/' || c == '>' {
			break
		}
		if err := s.attribute(name); err != nil {
			return Token{}, err
		}
	}
	if s.In[s.at] == '/' {
		s.at++
		s.closing = true
	}
	if s.at >= len(s.In) || s.In[s.at] != '>' {
		return Token{}, Malformed("byte %d: <%s> has no end", from, name)
	}
	s.at++
	s.rooted = true
	s.open = append(s.open, name)
	return Token{Kind: StartTag, Name: local(name), Attributes: s.attributes, From: from, To: s.at}, nil
}

// attribute takes one attribute of a tag.
func (s *Scanner) attribute(tag []byte) error {
	name := s.word()
	s.space()
	if len(name) == 0 || s.at+1 >= len(s.In) || s.In[s.at] != '=' {
		return Malformed("byte %d: <%s> has an attribute without value", s.at, tag)
	}
	s.at++
	s.space()
	if s.at >= len(s.In) || s.In[s.at] != '"' && s.In[s.at] != '\'' {
		return Malformed("byte %d: <%s %s> has a value without quotes", s.at, tag, name)
	}
	quote := s.In[s.at]
	s.at++
	n := bytes.IndexByte(s.In[s.at:], quote)
	if n < 0 {
		return Malformed("byte %d: <%s %s> has a value without end", s.at, tag, name)
	}
	if len(s.attributes) < maxAttributes {
		s.attributes = append(s.attributes, Attribute{Name: local(name), Value: s.In[s.at : s.at+n]})
	}
	s.at += n + 1
	return nil
}

// word reads a name: up to white space, '=', '/', '>' or a character that
// can't be in one.
func (s *Scanner) word() []byte {
	from := s.at
	for s.at < len(s.In) {
		switch s.In[s.at] {
		case ' ', '\t', '\r', '\n', '=', '/', '>', '<', '"', '\'', '&':
			return s.In[from:s.at]
		}
		s.at++
	}
	return s.In[from:]
}

// space passes white space.
func (s *Scanner) space() {
	for s.at < len(s.In) && space(s.In[s.at]) {
		s.at++
	}
}
