package vast

import (
	"bytes"
	"fmt"
	"html"
	"strings"
)

// Limits on a document; past them it is refused.
const (
	// MaxBytes is the size of one response (1 MiB a hop).
	MaxBytes = 1 << 20
	// MaxElementDepth is how deep elements nest: schema-valid VAST stays
	// below 12, extensions add a few.
	MaxElementDepth = 64
)

// repairer rewrites a document into one that the typed model decodes, in one
// pass and without building a tree.
type repairer struct {
	in    []byte
	at    int
	out   []byte
	stack []string
	// values are the texts that handles stand for.
	values []string
	// ads are the children <Ad> of the root in document order.
	ads []rawAd
	// capture is what the text of the captured element came to, and where on
	// the stack that element stands; 0 is none.
	capture   []byte
	capturing int
	// idValue and authority are attributes of the captured element.
	idValue   string
	authority string
	// timed tells that the open creative has had a Duration: the model adds a
	// second one to the first.
	timed bool
}

// rawAd is what the typed model does not keep of an <Ad>.
type rawAd struct {
	start, end int
	blocked    []Category
}

// repair rewrites text. Declarations, comments and processing instructions
// are dropped; a DOCTYPE is refused, so no entity is ever defined.
func repair(text []byte) (*repairer, error) {
	r := &repairer{in: text, out: make([]byte, 0, len(text)+len(text)/16)}
	for r.at < len(r.in) {
		done, err := r.step()
		if err != nil {
			return nil, err
		}
		if done {
			return r, nil
		}
	}
	if len(r.stack) == 0 {
		return nil, malformed("the document has no element")
	}
	return nil, malformed("the document ends inside <%s>", r.stack[len(r.stack)-1])
}

// step consumes text up to and including one piece of markup; done is true
// when the root is closed. What follows the root is not read.
func (r *repairer) step() (done bool, err error) {
	rest := r.in[r.at:]
	lt := bytes.IndexByte(rest, '<')
	if lt < 0 {
		r.at = len(r.in)
		return false, nil
	}
	r.text(rest[:lt])
	r.at += lt
	rest = rest[lt:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return false, r.skip("<!--", "-->", nil)
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return false, r.skip("<![CDATA[", "]]>", r.cdata)
	case bytes.HasPrefix(rest, []byte("<?")):
		return false, r.skip("<?", "?>", nil)
	case bytes.HasPrefix(rest, []byte("<!")):
		return false, malformed("byte %d: a document type declaration is not accepted", r.at)
	case bytes.HasPrefix(rest, []byte("</")):
		return r.end()
	}
	return r.start()
}

// skip passes a piece that runs from open to close, handing what is between
// to use.
func (r *repairer) skip(open, end string, use func([]byte)) error {
	body := r.in[r.at+len(open):]
	n := bytes.Index(body, []byte(end))
	if n < 0 {
		return malformed("byte %d: %s without %s", r.at, open, end)
	}
	if use != nil {
		use(body[:n])
	}
	r.at += len(open) + n + len(end)
	return nil
}

// text takes character data; outside the root it is dropped.
func (r *repairer) text(b []byte) {
	switch {
	case len(r.stack) == 0:
	case r.capturing > 0:
		r.capture = append(r.capture, html.UnescapeString(string(b))...)
	default:
		r.out = appendText(r.out, b, 0)
	}
}

// cdata takes the content of a CDATA section.
func (r *repairer) cdata(b []byte) {
	switch {
	case len(r.stack) == 0:
	case r.capturing > 0:
		r.capture = append(r.capture, b...)
	default:
		r.out = append(r.out, "<![CDATA["...)
		r.out = appendPrintable(r.out, b)
		r.out = append(r.out, "]]>"...)
	}
}

// end closes the element on top of the stack.
func (r *repairer) end() (done bool, err error) {
	gt := bytes.IndexByte(r.in[r.at:], '>')
	if gt < 0 {
		return false, malformed("byte %d: a tag has no end", r.at)
	}
	name := strings.TrimSpace(string(r.in[r.at+2 : r.at+gt]))
	if len(r.stack) == 0 || r.stack[len(r.stack)-1] != name {
		return false, malformed("byte %d: </%s> closes no open element", r.at, name)
	}
	r.at += gt + 1
	r.close()
	return len(r.stack) == 0, nil
}

// close emits the end of the top element and pops it. The input position is
// already past it.
func (r *repairer) close() {
	name := r.stack[len(r.stack)-1]
	if r.capturing == len(r.stack) {
		r.release(local(name))
		r.capturing = 0
	}
	r.out = append(append(append(r.out, "</"...), name...), '>')
	if len(r.stack) == 2 && local(name) == "Ad" {
		r.ads[len(r.ads)-1].end = r.at
	}
	r.stack = r.stack[:len(r.stack)-1]
}

// release emits the captured text of an element as the model can read it.
func (r *repairer) release(element string) {
	text := strings.TrimSpace(string(r.capture))
	switch element {
	case "Duration":
		if r.timed {
			text = "00:00:00"
		} else {
			text, r.timed = r.handle(text), true
		}
	case "UniversalAdId":
		// VAST 4.0 has the value in idValue, later versions in the text.
		if v := strings.TrimSpace(r.idValue); unknown(text) && v != "" {
			text = v
		}
	case "Expires":
		text, _ = repairInteger(text)
	case "BlockedAdCategories":
		if n := len(r.ads); n > 0 && text != "" {
			blocked := &r.ads[n-1].blocked
			for _, code := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' }) {
				*blocked = append(*blocked, Category{Authority: r.authority, Code: code})
			}
		}
	}
	r.out = appendText(r.out, []byte(html.EscapeString(text)), 0)
}

// handle stores a text that the model would round or refuse and gives a
// duration in its notation that stands for it: the index as milliseconds.
func (r *repairer) handle(text string) string {
	r.values = append(r.values, text)
	n := len(r.values)
	return fmt.Sprintf("%02d:%02d:%02d.%03d", n/3_600_000, n/60_000%60, n/1000%60, n%1000)
}

// local is a name without its namespace prefix.
func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }
