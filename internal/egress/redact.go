package egress

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Redact is a URL as logs and errors may show it: scheme, host and path. Queries
// and user information hold tokens, consent strings and what is known of a viewer
// (design §9). What is no URL loses only what would be its query.
func Redact(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		// Not u.String, which would encode what logs should show as it came.
		end := len(raw)
		if i := strings.IndexAny(raw, "?#"); i >= 0 {
			end = i
		}
		scheme, rest, _ := strings.Cut(raw[:end], "//")
		authority, _, _ := strings.Cut(rest, "/")
		return scheme + "//" + rest[strings.LastIndexByte(authority, '@')+1:]
	}
	if scheme, rest, ok := strings.Cut(raw, "//"); ok {
		// Where the user information of a URL that can't be parsed ends is a guess,
		// so only what stands for a host is kept, and nothing if there is an "@".
		host := rest[:len(rest)-len(strings.TrimLeft(rest, hostCharacters))]
		if strings.Contains(rest, "@") {
			host = ""
		}
		return scheme + "//" + host + "…"
	}
	raw, _, _ = strings.Cut(raw, "?")
	raw, _, _ = strings.Cut(raw, "#")
	return raw
}

const hostCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."

// RequestError is a request without an answer.
type RequestError struct {
	// Operation is what failed: "Get", or "parse" for a text that is not a URL.
	Operation string
	// URL is redacted.
	URL string
	Err error
}

// Error names the URL as Redact has it.
func (e *RequestError) Error() string { return fmt.Sprintf("%s %s: %v", e.Operation, e.URL, e.Err) }

// Unwrap is what went wrong.
func (e *RequestError) Unwrap() error { return e.Err }

// errNoURL is the cause of a failed parse.
var errNoURL = errors.New("it is no URL")

// redacted is err with a *RequestError in the place of a *url.Error, whose text
// has the whole URL.
func redacted(err error) error {
	u, ok := errors.AsType[*url.Error](err)
	if !ok {
		return err
	}
	if u.Op == "parse" {
		// The cause quotes what it takes for a port or an escape.
		return &RequestError{Operation: u.Op, URL: Redact(u.URL), Err: errNoURL}
	}
	return &RequestError{Operation: u.Op, URL: Redact(u.URL), Err: redacted(u.Err)}
}
