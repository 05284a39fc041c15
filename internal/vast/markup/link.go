package markup

import (
	"fmt"
	"net/url"
	"strings"
)

// MaxLink bounds a URL, in bytes. The template of an ad request may have 25,000 characters,
// and an ad server may copy them into its URLs. A longer text is not read as a URL.
const MaxLink = 32 << 10

// Link is a URL as browsers take it from a document (WHATWG URL §4.4): without
// surrounding space, line breaks and tabs, which formatters put into CDATA,
// and with inner spaces and non-ASCII bytes percent-encoded, which would break
// the request line. A percent sign that begins no escape, as macros of other
// systems have (%%CACHEBUSTER%%), is encoded outside of the query, because
// net/url refuses it there.
func Link(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > MaxLink {
		return ""
	}
	clean := true
	for i := range len(text) {
		clean = clean && text[i] > ' ' && text[i] < 0x7f && text[i] != '%'
	}
	if clean {
		return text
	}
	var out strings.Builder
	query := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\t' || c == '\r' || c == '\n':
		case c <= ' ' || c >= 0x7f:
			fmt.Fprintf(&out, "%%%02X", c)
		case c == '%' && !query && !escape(text[i:]):
			out.WriteString("%25")
		default:
			query = query || c == '?'
			out.WriteByte(c)
		}
	}
	return out.String()
}

// escape tells whether a percent sign begins an escape.
func escape(s string) bool {
	return len(s) >= 3 && strings.IndexByte(hexDigits, s[1]) >= 0 && strings.IndexByte(hexDigits, s[2]) >= 0
}

const hexDigits = "0123456789abcdefABCDEF"

// Resolve is the URL of a reference in a document whose URL is base (RFC 3986 §5.2.2). It
// works on the text, because references contain macros and other characters that net/url
// would refuse or encode. A reference that begins with a macro is not relative and stays
// as it is.
func Resolve(base, ref string) string {
	if ref == "" || base == "" || ref[0] == '[' || ref[0] == '{' || ref[0] == '$' || ref[0] == '%' || absoluteURI(ref) {
		return ref
	}
	scheme, rest, ok := strings.Cut(base, "://")
	if !ok {
		return ref
	}
	rest, _, _ = strings.Cut(rest, "#")
	whole := rest // with its query
	rest, _, _ = strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	host := scheme + "://" + authority
	switch {
	case strings.HasPrefix(ref, "//"):
		end := strings.IndexAny(ref[2:], "/?#")
		if end < 0 || ref[2+end] != '/' {
			return scheme + ":" + ref
		}
		host, ref = scheme+":"+ref[:2+end], ref[2+end:]
	case ref[0] == '?':
		return host + "/" + path + ref
	case ref[0] == '#':
		return scheme + "://" + whole + ref
	}
	target, tail := ref, ""
	if i := strings.IndexAny(ref, "?#"); i >= 0 {
		target, tail = ref[:i], ref[i:]
	}
	if target[0] != '/' {
		target = "/" + path[:strings.LastIndexByte(path, '/')+1] + target
	}
	return host + withoutDots(target) + tail
}

// absoluteURI tells whether a reference begins with a scheme (RFC 3986 §3.1).
func absoluteURI(ref string) bool {
	for i := range len(ref) {
		switch c := ref[i] | 0x20; {
		case 'a' <= c && c <= 'z':
		case ref[i] == ':':
			return i > 0
		case i > 0 && ('0' <= ref[i] && ref[i] <= '9' || ref[i] == '+' || ref[i] == '-' || ref[i] == '.'):
		default:
			return false
		}
	}
	return false
}

// withoutDots is a path without its "." and ".." segments (RFC 3986 §5.2.4).
func withoutDots(path string) string {
	if !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	parts := strings.Split(path[1:], "/")
	for i, p := range parts {
		switch p {
		case ".", "..":
			if p == ".." && len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if i == len(parts)-1 {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, p)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// Sendable tells whether a URL is one that can be asked for: absolute, of http or
// https, with a host and without a user.
func Sendable(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}
