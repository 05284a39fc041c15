package vast

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

// kind is what a token is.
type kind int

const (
	startTag kind = iota + 1
	endTag
	charData
	cdata
)

// token is one piece of a document. Its slices are parts of the document, not
// yet unescaped; attributes are valid until the next start tag.
type token struct {
	kind kind
	// name is that of the tag, without namespace prefix.
	name []byte
	// attributes of a start tag.
	attributes []rawAttribute
	// text of charData and cdata.
	text []byte
	// from and to are where the markup stands in the document.
	from, to int
}

// rawAttribute is an attribute as written, its name without prefix.
type rawAttribute struct{ name, value []byte }

// scanner reads the tokens of a document without copying. Declarations,
// comments and processing instructions are passed over; a DOCTYPE is refused,
// so no entity is ever defined. It is more lenient than XML where ad servers
// are: bare ampersands and control characters do not end it.
type scanner struct {
	in []byte
	// base is the URL of the document.
	base string
	at   int
	// open are the full names of the elements around the next token.
	open [][]byte
	// rooted tells that the root was opened; closing that the last start tag
	// closed itself.
	rooted, closing bool
	attributes      []rawAttribute
	// nodes counts the elements that became nodes.
	nodes int
}

// next gives the next token inside the root element, and io.EOF when the root
// is closed: what follows it is not read. Other errors are *ParseErrors.
func (s *scanner) next() (token, error) {
	if s.closing {
		s.closing = false
		return s.pop(s.at), nil
	}
	if s.rooted && len(s.open) == 0 {
		return token{}, io.EOF
	}
	for s.at < len(s.in) {
		rest := s.in[s.at:]
		if rest[0] != '<' {
			n := bytes.IndexByte(rest, '<')
			if n < 0 {
				n = len(rest)
			}
			s.at += n
			if text := rest[:n]; len(s.open) > 0 && !blank(text) {
				return token{kind: charData, text: text, from: s.at - n, to: s.at}, nil
			}
			continue
		}
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			if _, err := s.pass("<!--", "-->"); err != nil {
				return token{}, err
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			from := s.at
			text, err := s.pass("<![CDATA[", "]]>")
			if err != nil {
				return token{}, err
			}
			if len(s.open) > 0 {
				return token{kind: cdata, text: text, from: from, to: s.at}, nil
			}
		case bytes.HasPrefix(rest, []byte("<?")):
			if _, err := s.pass("<?", "?>"); err != nil {
				return token{}, err
			}
		case bytes.HasPrefix(rest, []byte("<!")):
			return token{}, malformed("byte %d: a document type declaration is not accepted", s.at)
		case bytes.HasPrefix(rest, []byte("</")):
			return s.end()
		default:
			return s.start()
		}
	}
	if len(s.open) == 0 {
		return token{}, malformed("the document has no element")
	}
	return token{}, malformed("the document ends inside <%s>", s.open[len(s.open)-1])
}

// pass gives what stands between open and end and moves behind it.
func (s *scanner) pass(open, end string) ([]byte, error) {
	body := s.in[s.at+len(open):]
	n := bytes.Index(body, []byte(end))
	if n < 0 {
		return nil, malformed("byte %d: %s without %s", s.at, open, end)
	}
	s.at += len(open) + n + len(end)
	return body[:n], nil
}

// end takes an end tag.
func (s *scanner) end() (token, error) {
	from := s.at
	gt := bytes.IndexByte(s.in[from:], '>')
	if gt < 0 {
		return token{}, malformed("byte %d: a tag has no end", from)
	}
	name := bytes.TrimSpace(s.in[from+2 : from+gt])
	if len(s.open) == 0 || !bytes.Equal(s.open[len(s.open)-1], name) {
		return token{}, malformed("byte %d: </%s> closes no open element", from, name)
	}
	s.at = from + gt + 1
	return s.pop(from), nil
}

// pop closes the innermost element.
func (s *scanner) pop(from int) token {
	name := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	return token{kind: endTag, name: local(name), from: from, to: s.at}
}

// skip passes the content of the element whose start tag was the last token,
// and gives its end.
func (s *scanner) skip() (token, error) {
	depth := len(s.open)
	for {
		t, err := s.next()
		if err != nil || len(s.open) < depth {
			return t, err
		}
	}
}

// local is a name without its namespace prefix.
func local(name []byte) []byte { return name[bytes.LastIndexByte(name, ':')+1:] }

// blank tells whether there is nothing but white space.
func blank(text []byte) bool {
	for _, c := range text {
		if !space(c) {
			return false
		}
	}
	return true
}

// space tells white space of XML.
func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
