package macro

import (
	"strings"
	"time"
)

// Values are what macros are replaced by (VAST 4.3 §6). A macro of the
// published list without a value becomes -1, "unknown".
type Values struct {
	// Now is the time of the request: [TIMESTAMP].
	Now time.Time
	// CacheBuster is a random number; its last eight digits are used.
	CacheBuster uint64
	// ErrorCode is the VAST error code of an Error URL; 0 if there is none.
	ErrorCode int
	// ErrorMessage says it in words, for the error trackers of VMAP.
	ErrorMessage string
	// ReasonCode is [REASON] of verificationNotExecuted; 0 if there is none.
	ReasonCode int
	// ServerSide is who sends the request: see the constants.
	ServerSide ServerSide
	// TransactionID is one UUID for the request that began it all.
	TransactionID string
	// BreakPosition is where the break is in the content.
	BreakPosition BreakPosition
	// BreakMaxDuration in microseconds; 0 is unknown.
	BreakMaxDuration int64
	// AdCount is, in ad requests, how many ads are expected, in beacons, which
	// ad of the chain this is, from 1; 0 is unknown.
	AdCount int
	// PodSequence is the ad's sequence attribute; 0 if it has none.
	PodSequence int
	AdServingID string
	// UniversalAdID is "registry value".
	UniversalAdID string
	AdType        string
	// AssetURI is the media file being played.
	AssetURI string
	// AdPlayhead and MediaPlayhead are positions in microseconds; nil is
	// unknown.
	AdPlayhead, MediaPlayhead *int64
	DeviceIP                  string
	DeviceUA                  string
	// ServerUA names this service: "Name/1.2 (+https://…)".
	ServerUA   string
	ContentURI string
	// BlockedAdCategories are the codes of those of the wrappers so far.
	BlockedAdCategories []string
	// Known are values for further macros of the list, by name: consent
	// strings, device ids and what else the player told. They are passed on
	// unchanged but for the encoding.
	Known map[string]string
}

// ServerSide is who sends a request, exactly as VAST 4.3 §6.4 defines it.
type ServerSide int

// The values of [SERVERSIDE].
const (
	// ByClient: the client sends it itself.
	ByClient ServerSide = iota
	// ForClient: the server sends it because the client told it to.
	ForClient
	// ByServer: the server sends it on its own inference.
	ByServer
)

// BreakPosition is where a break is in the content, as VAST 4.3 §6 counts.
type BreakPosition int

// The values of [BREAKPOSITION] that a stitched stream has; 0 is not one of them.
const (
	PreRoll BreakPosition = iota + 1
	MidRoll
	PostRoll
)

// Replace replaces the macros of a URL, VAST's and VMAP's: [NAME], and %5BNAME%5D as some ad
// servers encode it. Names that are not in the published list stay as they
// are, so does the authority of the URL. Values are percent-encoded but for
// commas. A nil v replaces nothing.
func Replace(rawURL string, v *Values) string {
	if v == nil || !strings.ContainsAny(rawURL, "[%") {
		return rawURL
	}
	var out strings.Builder
	rest := rawURL
	// The authority ends at the first of these; "[" there is an IPv6 address.
	if _, after, ok := strings.Cut(rawURL, "://"); ok {
		n := len(rawURL) - len(after)
		if end := strings.IndexAny(after, "/?#"); end >= 0 {
			n += end
		} else {
			n = len(rawURL)
		}
		out.WriteString(rawURL[:n])
		rest = rawURL[n:]
	}
	for i := 0; i < len(rest); {
		name, end := macroAt(rest, i)
		value, listed := v.lookup(name)
		if !listed {
			out.WriteByte(rest[i])
			i++
			continue
		}
		out.WriteString(encode(value))
		i = end
	}
	return out.String()
}

// longestMacro bounds the search for the closing bracket, so that a URL full
// of opening ones costs no more than its length.
const longestMacro = 32

// macroAt is the name between brackets that stands at i, and where it ends;
// "" is none.
func macroAt(s string, i int) (name string, end int) {
	start := i + bracket(s[i:], '[', 'B', 'b')
	if start == i {
		return "", i
	}
	for k := start; k < min(len(s), start+longestMacro); k++ {
		if n := bracket(s[k:], ']', 'D', 'd'); n > 0 {
			return s[start:k], k + n
		}
	}
	return "", i
}

// bracket is the length of the bracket that s begins with, bare or as %5x; 0
// is none.
func bracket(s string, bare, upper, lower byte) int {
	switch {
	case s != "" && s[0] == bare:
		return 1
	case len(s) >= 3 && s[:2] == "%5" && (s[2] == upper || s[2] == lower):
		return 3
	}
	return 0
}

// lookup is the value of a macro; listed is false for names that are not in
// the published list.
func (v *Values) lookup(name string) (value string, listed bool) {
	of, listed := macros[name]
	if !listed {
		of, listed = breakMacros[name]
	}
	if !listed {
		return "", false
	}
	if of != nil {
		value = of(v)
	}
	if value == "" {
		value = v.Known[name]
	}
	if value == "" {
		value = "-1"
	}
	return value, true
}

// encode percent-encodes a value for any part of a URL. Commas stay bare:
// they separate the elements of list values (VAST 4.3 §6.1).
func encode(value string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			strings.IndexByte("-_.!~*'(),", c) >= 0:
			out.WriteByte(c)
		default:
			out.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return out.String()
}
