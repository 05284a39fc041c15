package egress

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/faultrt"
)

func TestRedact(t *testing.T) {
	for raw, want := range map[string]string{
		"https://cdn.example/a%2Fb/c.mp4?token=x#y": "https://cdn.example/a%2Fb/c.mp4",
		"http://user:pass@cdn.example:81/":          "http://cdn.example:81/",
		"//user@cdn.example/a?b":                    "//cdn.example/a",
		"http://user:pass@cdn.example:port/a?b":     "http://…",
		"http://user:p%zz@cdn.example":              "http://…",
		"http://user:p/w@cdn.example/":              "http://…",
		"http://cdn.example/%zz?token=x":            "http://cdn.example…",
		"ad-id.org ABC123":                          "ad-id.org ABC123",
		"no url?token":                              "no url",
		"":                                          "",
	} {
		if got := Redact(raw); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
}

// TestErrorsHaveNoSecrets: errors of the network carried the whole URL into the
// log (issue 13).
func TestErrorsHaveNoSecrets(t *testing.T) {
	const secret = "SECRET"
	refuse := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop?token="+secret, http.StatusFound)
		case "/scheme":
			w.Header().Set("Location", "ftp://user:"+secret+"@x.example/?"+secret)
			w.WriteHeader(http.StatusFound)
		case "/user":
			w.Header().Set("Location", "http://user:"+secret+"@x.example/")
			w.WriteHeader(http.StatusFound)
		case "/nowhere":
			w.Header().Set("Location", "http://x.example:"+secret+"%zz/?"+secret)
			w.WriteHeader(http.StatusFound)
		case "/cut":
			panic(http.ErrAbortHandler)
		}
	})
	base := serve(t, refuse)
	open, closed := New(Options{Allow: loopback}), New(Options{})
	for _, c := range []struct {
		name   string
		client *Client
		url    string
		is     error
	}{
		{"blocked", closed, base + "/?token=" + secret, ErrBlocked},
		{"cut off", open, base + "/cut?token=" + secret, nil},
		{"refused", open, "http://127.0.0.1:1/a?token=" + secret, nil},
		{"no such host", open, "http://none.invalid/?token=" + secret, nil},
		{"user", open, "http://user:" + secret + "@127.0.0.1/", ErrURL},
		{"no URL", open, "http://user:" + secret + "@127.0.0.1:port/?" + secret, ErrURL},
		{"bad escape", open, "http://user:" + secret + "@127.0.0.1/%zz?" + secret, ErrURL},
		{"control byte", open, "http://127.0.0.1/\x01?" + secret, ErrURL},
		{"redirects for ever", open, base + "/loop?token=" + secret, ErrURL},
		{"redirect to another scheme", open, base + "/scheme", ErrURL},
		{"redirect to a user", open, base + "/user", ErrURL},
		{"redirect to no URL", open, base + "/nowhere", ErrURL},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.client.Do(t.Context(), Request{URL: c.url, MaxBytes: 100, Timeout: 5 * time.Second})
			if err == nil {
				t.Fatal("it is answered")
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
	t.Run("late", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client := New(Options{Transport: faultrt.New(nil, faultrt.Always(faultrt.Hang))})
			_, err := client.Do(t.Context(), Request{URL: "http://x.example/?token=" + secret, Timeout: time.Second})
			if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), secret) {
				t.Errorf("%v", err)
			}
		})
	})
}
