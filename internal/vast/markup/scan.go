package markup

import (
	"bytes"
	"io"
)

// Limits on a document; past them it is refused.
const (
	// MaxBytes is the size of one response (1 MiB a hop).
	MaxBytes = 1 << 20
	// MaxElementDepth is how deep elements nest: schema-valid VAST stays
	// below 12, VMAP adds five and extensions a few.
	MaxElementDepth = 64
)

// Kind is the kind of a token.
type Kind int

// The kinds of a token.
const (
	StartTag Kind = iota + 1
	EndTag
	CharData
	CDATA
)

// Token is one piece of a document. Its slices are parts of the document, not
// yet unescaped; attributes are valid until the next start tag.
type Token struct {
	Kind Kind
	// Name is that of the tag, without namespace prefix.
	Name []byte
	// Attributes of a start tag.
	Attributes []Attribute
	// Text of charData and cdata.
	Text []byte
	// From and to are where the markup stands in the document.
	From, To int
}

// Attribute is an attribute as written, its name without prefix.
type Attribute struct{ Name, Value []byte }

// Scanner reads the tokens of a document without copying. Declarations,
// comments and processing instructions are passed over; a DOCTYPE is refused,
// so no entity is ever defined. It is more lenient than XML where ad servers
// are: bare ampersands and control characters do not end it.
type Scanner struct {
	In []byte
	// Base is the URL of the document.
	Base string
	at   int
	// open are the full names of the elements around the next token.
	open [][]byte
	// rooted tells that the root was opened; closing that the last start tag
	// closed itself.
	rooted, closing bool
	attributes      []Attribute
	// nodes counts the elements that became nodes.
	nodes int
}

// Next gives the next token inside the root element, and io.EOF when the root
// is closed: what follows it is not read. Other errors are *ParseErrors.
func (s *Scanner) Next() (Token, error) {
	if s.closing {
		s.closing = false
		return s.pop(s.at), nil
	}
	if s.rooted && len(s.open) == 0 {
		return Token{}, io.EOF
	}
	for s.at < len(s.In) {
		rest := s.In[s.at:]
		if rest[0] != '<' {
			n := bytes.IndexByte(rest, '<')
			if n < 0 {
				n = len(rest)
			}
			s.at += n
			if text := rest[:n]; len(s.open) > 0 && !Blank(text) {
				return Token{Kind: CharData, Text: text, From: s.at - n, To: s.at}, nil
			}
			continue
		}
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			if _, err := s.pass("<!--", "-->"); err != nil {
				return Token{}, err
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			from := s.at
			text, err := s.pass("<![CDATA[", "]]>")
			if err != nil {
				return Token{}, err
			}
			if len(s.open) > 0 {
				return Token{Kind: CDATA, Text: text, From: from, To: s.at}, nil
			}
		case bytes.HasPrefix(rest, []byte("<?")):
			if _, err := s.pass("<?", "?>"); err != nil {
				return Token{}, err
			}
		case bytes.HasPrefix(rest, []byte("<!")):
			return Token{}, Malformed("byte %d: a document type declaration is not accepted", s.at)
		case bytes.HasPrefix(rest, []byte("</")):
			return s.end()
		default:
			return s.start()
		}
	}
	if len(s.open) == 0 {
		return Token{}, Malformed("the document has no element")
	}
	return Token{}, Malformed("the document ends inside <%s>", s.open[len(s.open)-1])
}

// pass gives what stands between open and end and moves behind it.
func (s *Scanner) pass(open, end string) ([]byte, error) {
	body := s.In[s.at+len(open):]
	n := bytes.Index(body, []byte(end))
	if n < 0 {
		return nil, Malformed("byte %d: %s without %s", s.at, open, end)
	}
	s.at += len(open) + n + len(end)
	return body[:n], nil
}

// end takes an end tag.
func (s *Scanner) end() (Token, error) {
	from := s.at
	gt := bytes.IndexByte(s.In[from:], '>')
	if gt < 0 {
		return Token{}, Malformed("byte %d: a tag has no end", from)
	}
	name := bytes.TrimSpace(s.In[from+2 : from+gt])
	if len(s.open) == 0 || !bytes.Equal(s.open[len(s.open)-1], name) {
		return Token{}, Malformed("byte %d: </%s> closes no open element", from, name)
	}
	s.at = from + gt + 1
	return s.pop(from), nil
}

// pop closes the innermost element.
func (s *Scanner) pop(from int) Token {
	name := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	return Token{Kind: EndTag, Name: local(name), From: from, To: s.at}
}

// ReadOn goes on after a fault: what stands at a position is read as a child of the
// root.
func (s *Scanner) ReadOn(at int) {
	s.at, s.open, s.closing = at, s.open[:1], false
}

// Skip passes the content of the element whose start tag was the last token,
// and gives its end.
func (s *Scanner) Skip() (Token, error) {
	depth := len(s.open)
	for {
		t, err := s.Next()
		if err != nil || len(s.open) < depth {
			return t, err
		}
	}
}

// local is a name without its namespace prefix.
func local(name []byte) []byte { return name[bytes.LastIndexByte(name, ':')+1:] }

// Blank tells whether a text consists of white space only.
func Blank(text []byte) bool {
	for _, c := range text {
		if !space(c) {
			return false
		}
	}
	return true
}

// space tells white space of XML.
func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
