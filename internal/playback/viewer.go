package playback

import (
	"cmp"
	"net/http"
	"strings"
)

// ViewerHeaders are what every ad request and every beacon of the session
// carries, with identical values (VAST 4.3 §1.1.3, field failure B-55).
func (s *Session) ViewerHeaders() http.Header {
	h := s.Viewer.Headers()
	for name, value := range s.Headers {
		h[name] = []string{value}
	}
	return h
}

// Device is what macros tell of the viewer's device, its address and its user
// agent: the same as the headers do.
func (s *Session) Device() (ip, agent string) {
	return cmp.Or(s.Headers["X-Device-Ip"], s.Viewer.IP), cmp.Or(s.Headers["X-Device-User-Agent"], s.Viewer.UserAgent)
}

// ViewerHeader is whether a header, by canonical name, tells who views. What a
// configuration gives ad requests under such a name goes with beacons too.
func ViewerHeader(canonical string) bool {
	switch canonical {
	case "User-Agent", "X-Forwarded-For", "Accept-Language", "Referer":
		return true
	}
	return strings.HasPrefix(canonical, "X-Device-")
}

// Headers are what ad servers and tracking hosts get to know of the viewer.
// Without X-Device-IP and X-Device-User-Agent a server's request passes for a
// bot's; ad requests and beacons carry identical values (VAST 4.3 §1.1.3, field
// failure B-55).
func (v *Viewer) Headers() http.Header {
	h := make(http.Header)
	set := func(value string, names ...string) {
		if value == "" {
			return
		}
		for _, n := range names {
			h.Set(n, value)
		}
	}
	forwarded := v.ForwardedFor
	if forwarded == "" {
		forwarded = v.IP
	}
	set(v.UserAgent, "User-Agent", "X-Device-User-Agent")
	set(v.IP, "X-Device-IP")
	set(forwarded, "X-Forwarded-For")
	set(v.AcceptLanguage, "Accept-Language", "X-Device-Accept-Language")
	set(v.Referer, "Referer", "X-Device-Referer")
	set(v.RequestedWith, "X-Device-Requested-With")
	return h
}
