package syntax

import "bytes"

// Rewrite appends a tag with the URIs of the named attributes made absolute; content
// says whether they are URIs of media, to which prefix and query apply.
func (r *Resolver) Rewrite(dst, raw []byte, content bool, names ...string) []byte {
	colon := bytes.IndexByte(raw, ':') + 1
	list := raw[colon:]
	done := 0
	as := ReadAttributes(TrimEnd(list))
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		if len(a.Value) == 0 || !named(a.Name, names) {
			continue
		}
		dst = append(dst, raw[done:colon+a.From]...)
		start := len(dst)
		if !a.Quoted {
			dst = append(dst, '"') // all players take a URI without quotes
		}
		if content {
			dst = r.Content(dst, a.Value)
		} else {
			dst = r.Absolute(dst, a.Value)
		}
		switch {
		case a.Quoted:
		case bytes.Equal(dst[start+1:], a.Value):
			dst = append(dst[:start], a.Value...)
		default:
			dst = append(dst, '"')
		}
		done = colon + a.To
	}
	return append(dst, raw[done:]...)
}

// named is whether name is one of names.
func named(name []byte, names []string) bool {
	for _, n := range names {
		if string(name) == n {
			return true
		}
	}
	return false
}
