package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest is the text of a request that is signed.
func canonicalRequest(r *http.Request, headers []string, payloadHash string) (string, error) {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + canonicalPath(r.URL) + "\n" + canonicalQuery(r.URL.RawQuery) + "\n")
	for _, name := range headers {
		value, ok := headerValue(r, name)
		if !ok {
			return "", invalid("The signed header '%s' is not in the request.", name)
		}
		b.WriteString(name + ":" + value + "\n")
	}
	b.WriteString("\n" + strings.Join(headers, ";") + "\n" + payloadHash)
	return b.String(), nil
}

// canonicalPath is the escaped path without empty and dot elements, each
// element escaped once more: every service but S3 signs the path so, and a
// slash in a label is %252F there.
func canonicalPath(u *url.URL) string {
	escaped := u.RawPath
	if escaped == "" {
		escaped = u.EscapedPath()
	}
	var elements []string
	for element := range strings.SplitSeq(escaped, "/") {
		switch element {
		case "", ".":
		case "..":
			elements = elements[:max(0, len(elements)-1)]
		default:
			elements = append(elements, escape(element))
		}
	}
	path := "/" + strings.Join(elements, "/")
	if len(elements) > 0 && strings.HasSuffix(escaped, "/") {
		path += "/"
	}
	return path
}

// canonicalQuery is the query's parameters in the order of their escaped names
// and values.
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs [][2]string
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, [2]string{escapeAgain(name), escapeAgain(value)})
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	var b strings.Builder
	for i, pair := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pair[0] + "=" + pair[1])
	}
	return b.String()
}

// escapeAgain escapes a part of a query as AWS does, whatever way it came
// escaped.
func escapeAgain(s string) string {
	plain, err := url.PathUnescape(s)
	if err != nil {
		plain = s
	}
	return escape(plain)
}

const upperHex = "0123456789ABCDEF"

// escape percent-encodes everything but RFC 3986's unreserved characters.
func escape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
	}
	return b.String()
}

// headerValue is the canonical value of a header: all its values, trimmed, runs
// of spaces made one. The server keeps Host and Content-Length apart from the
// other headers.
func headerValue(r *http.Request, name string) (string, bool) {
	if name == "host" {
		return r.Host, true
	}
	values := r.Header.Values(name)
	if len(values) == 0 {
		if name == "content-length" && r.ContentLength >= 0 {
			return strconv.FormatInt(r.ContentLength, 10), true
		}
		return "", false
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(trimmed, ","), true
}
