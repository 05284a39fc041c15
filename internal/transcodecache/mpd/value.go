package mpd

import (
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	godash "github.com/zencoder/go-dash/v3/mpd"

	"stitcher/internal/manifest/dash/quantity"
)

// said is an attribute's value, "" if there is none.
func said(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}

// number is an attribute's value, 0 if there is none.
func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// orOne is an attribute's value, 1 if there is none.
func orOne(n *int64) int64 { return *orPointer(n, 1) }

func orPointer[T any](p *T, otherwise T) *T {
	if p == nil {
		return &otherwise
	}
	return p
}

// integer reads a number; the result is 0 if the text is not one.
func integer(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// lengthOf is the length of an MPD's one Period in microseconds; 0 is unknown.
func lengthOf(m *godash.MPD) (int64, error) {
	p := m.Periods[0]
	if d := time.Duration(p.Duration).Microseconds(); d > 0 {
		return d, nil
	}
	text := said(m.MediaPresentationDuration)
	if text == "" {
		return 0, nil
	}
	ns, err := quantity.ParseDuration(text)
	if err != nil {
		return 0, unreadable("mediaPresentationDuration %q: %w", clip(text), err)
	}
	us := ns / 1000
	if p.Start != nil {
		us -= time.Duration(*p.Start).Microseconds()
	}
	return max(us, 0), nil
}

// within resolves the first of an element's BaseURLs; the others are alternatives.
func within(base *url.URL, list []string) (*url.URL, error) {
	if len(list) == 0 {
		return base, nil
	}
	return resolve(base, strings.TrimSpace(list[0]))
}

func resolve(base *url.URL, text string) (*url.URL, error) {
	u, err := base.Parse(text)
	if err != nil {
		return nil, unreadable("%q is not a URL", clip(text))
	}
	return u, nil
}

// clip bounds a value that an error quotes.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " …"
}

func passThrough(_ string, in io.Reader) (io.Reader, error) { return in, nil }
