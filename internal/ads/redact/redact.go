package redact

import (
	"net/netip"
	"net/url"
	"strings"

	"stitcher/internal/playback"
)

// hidden stands for what is left out.
const hidden = "REDACTED"

// secrets are the names, without separators and in lower case, of parameters
// whose values are not kept: consent strings, credentials, and what names a
// person or a device.
var secrets = map[string]bool{
	"gdprconsent": true, "consent": true, "consentstring": true, "euconsent": true, "euconsentv2": true, "tcf": true,
	"tcstring": true, "gpp": true, "gppstring": true, "usprivacy": true, "usp": true, "uspstring": true, "ccpa": true,
	"addtlconsent": true, "acstring": true,

	"key": true, "auth": true, "authorization": true, "password": true, "passwd": true, "pwd": true, "pass": true,
	"sig": true, "hmac": true, "hdnts": true, "hdnea": true, "hdntl": true, "sas": true, "credential": true, "cookie": true,

	"ifa": true, "idfa": true, "idfv": true, "gaid": true, "aaid": true, "rdid": true, "tifa": true, "lgudid": true,
	"ppid": true, "email": true, "phone": true, "msisdn": true, "userid": true, "uid": true, "deviceid": true,
}

// secretEndings are endings of such names.
var secretEndings = [...]string{"consent", "token", "secret", "password", "signature", "credential", "apikey", "jwt"}

// longestSecret is how much of a name counts, its end: it is longer than any of
// those above.
const longestSecret = 64

// isSecret tells by a parameter's name whether its value is not kept.
func isSecret(name string) bool {
	var plain strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c == '_', c == '-', c == '.', c == '$':
		case c >= 'A' && c <= 'Z':
			plain.WriteByte(c + 'a' - 'A')
		default:
			plain.WriteByte(c)
		}
	}
	n := plain.String()
	if secrets[n] {
		return true
	}
	for _, ending := range secretEndings {
		if strings.HasSuffix(n, ending) {
			return true
		}
	}
	return false
}

// longestMark is within how many bytes of a value its mark has to stand. What goes
// on for longer without one is not kept.
const longestMark = 4 << 10

// looksSecret tells it by the value: a TCF string (version 2 begins with C), a
// GPP string (type 3 begins with DB) or a JSON web token.
func looksSecret(value string) bool {
	switch {
	case strings.HasPrefix(value, "eyJ"):
		return len(value) > longestMark || strings.IndexByte(value, '.') > 0
	case strings.HasPrefix(value, "DB"):
		return len(value) > longestMark || strings.IndexByte(value, '~') > 0 ||
			strings.Contains(value, "%7E") || strings.Contains(value, "%7e")
	case strings.HasPrefix(value, "C"):
		end := 0
		for end < len(value) && isBase64URL(value[end]) {
			end++
		}
		return end >= 30 && (end == len(value) || value[end] == '.')
	}
	return false
}

func isBase64URL(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// shortest is how long a value has to be to be looked for everywhere: what is
// shorter is no secret, and stands in any text.
const shortest = 6

// Redactor takes out of texts and decisions of one session what must not be kept. It is
// safe for use by many goroutines.
type Redactor struct{ known *strings.Replacer }

// New makes the redactor of a session. The values of the player's parameters are
// found wherever they stand, in a path or in an answer; addresses lose their last part.
func New(s *playback.Session) *Redactor {
	var pairs []string
	add := func(value, instead string) {
		if len(value) < shortest {
			return
		}
		pairs = append(pairs, value, instead)
		for _, escape := range []func(string) string{url.QueryEscape, url.PathEscape} {
			if escaped := escape(value); escaped != value {
				pairs = append(pairs, escaped, instead, strings.ToLower(escaped), instead)
			}
		}
	}
	for _, params := range []map[string]string{s.AdsParams, s.PlayerParams} {
		for name, value := range params {
			if isSecret(name) || looksSecret(value) {
				add(value, hidden)
			}
		}
	}
	addresses := []string{s.Viewer.ForwardedFor, s.Viewer.IP, s.Headers["X-Forwarded-For"], s.Headers["X-Device-Ip"]}
	for hop := range strings.SplitSeq(strings.Join(addresses, ","), ",") {
		hop = strings.TrimSpace(hop)
		add(hop, truncated(hop))
	}
	return &Redactor{strings.NewReplacer(pairs...)}
}

// truncated is an address without the part that tells one household from the
// next: 8 bits of an IPv4 address, 80 of an IPv6 address.
func truncated(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return hidden
	}
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return hidden
	}
	return p.Addr().String()
}

// Answer is a URL or a document of an ad server as it may be kept. It takes time in
// proportion to its length, because an ad server chooses what stands there.
func (d *Redactor) Answer(s string) string {
	s = d.known.Replace(s)
	var out strings.Builder
	kept := 0 // up to where s is in out
	var ends [2]int
	for i := 0; i < len(s); i++ {
		length, nested := equals(s[i:])
		if length == 0 {
			continue
		}
		begin := i
		for begin > max(kept, i-longestSecret) && isNameByte(s[begin-1]) {
			begin--
		}
		name := afterDelimiter(s[begin:i])
		from := i + length
		// The end of the last value is that of one which begins within it.
		end := &ends[0]
		if nested {
			end = &ends[1]
		}
		if *end < from {
			*end = from + valueLength(s[from:], nested)
		}
		if to := *end; to > from && (isSecret(name) || looksSecret(s[from:to])) {
			out.WriteString(s[kept:from])
			out.WriteString(hidden)
			kept, i = to, to-1
			continue
		}
		i = from - 1
	}
	if kept == 0 {
		return s
	}
	out.WriteString(s[kept:])
	return out.String()
}

func isNameByte(c byte) bool { return isBase64URL(c) || c == '.' || c == '$' || c == '%' }

// afterDelimiter is a name without the encoded delimiter, and what may stand
// before it.
func afterDelimiter(name string) string {
	i := strings.LastIndexByte(name, '%')
	if i < 0 {
		return name
	}
	name = name[i+1:]
	for strings.HasPrefix(name, "25") {
		name = name[2:]
	}
	return name[min(len(name), 2):]
}

// equals is the length of the equals sign that s begins with, bare or encoded
// any number of times; nested is that it is encoded.
func equals(s string) (length int, nested bool) {
	if s[0] == '=' {
		return 1, false
	}
	if s[0] != '%' {
		return 0, false
	}
	i := 1
	for strings.HasPrefix(s[i:], "25") {
		i += 2
	}
	if strings.HasPrefix(s[i:], "3D") || strings.HasPrefix(s[i:], "3d") {
		return i + 2, true
	}
	return 0, false
}

// valueLength is how long the value is that s begins with. A nested one ends
// with its own, encoded, ampersand too.
func valueLength(s string, nested bool) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ', c == '&', c == '#', c == '"', c == '\'', c == '<', c == '>', c == ']':
			return i
		case c == '%' && nested && isAmpersand(s[i:]):
			return i
		}
	}
	return len(s)
}

// isAmpersand tells whether s begins with an encoded ampersand.
func isAmpersand(s string) bool {
	i := 1
	for strings.HasPrefix(s[i:], "25") {
		i += 2
	}
	return strings.HasPrefix(s[i:], "26")
}
