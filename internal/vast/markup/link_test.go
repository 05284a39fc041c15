package markup

import (
	"net/url"
	"strings"
	"testing"
)

// TestResolve: relative references mean what they mean in a browser (RFC 3986 §5.4),
// whatever macros are in them.
func TestResolve(t *testing.T) {
	const base = "https://ads.example:8443/a/b/vast?x=http://y/z#top"
	for ref, want := range map[string]string{
		"":                               "",
		"http://t/":                      "http://t/",
		"HTTPS://t/x":                    "HTTPS://t/x",
		"//t.example/i?u=http://c/":      "https://t.example/i?u=http://c/",
		"//t.example?a/../b":             "https://t.example?a/../b",
		"//t.example/a/../b":             "https://t.example/b",
		"//t.example":                    "https://t.example",
		"/i/[CACHEBUSTING]?a=%%X%%":      "https://ads.example:8443/i/[CACHEBUSTING]?a=%%X%%",
		"i?u=http://c/../d":              "https://ads.example:8443/a/b/i?u=http://c/../d",
		"./i":                            "https://ads.example:8443/a/b/i",
		"../i/../j":                      "https://ads.example:8443/a/j",
		"../../../i":                     "https://ads.example:8443/i",
		"..":                             "https://ads.example:8443/a/",
		"?a=1":                           "https://ads.example:8443/a/b/vast?a=1",
		"#x":                             "https://ads.example:8443/a/b/vast?x=http://y/z#x",
		"i/.well-known/x":                "https://ads.example:8443/a/b/i/.well-known/x",
		"market://details?id=1":          "market://details?id=1",
		"mailto:a@b":                     "mailto:a@b",
		"about:blank":                    "about:blank",
		"[CLICKURL]":                     "[CLICKURL]",
		"{{impression}}":                 "{{impression}}",
		"${IMPRESSION}":                  "${IMPRESSION}",
		"%25%25IMPRESSION%25%25":         "%25%25IMPRESSION%25%25",
		"1.example/i":                    "https://ads.example:8443/a/b/1.example/i",
		"path:with/a/colon?in=the.first": "path:with/a/colon?in=the.first",
	} {
		if got := Resolve(base, ref); got != want {
			t.Errorf("%s became %s, want %s", ref, got, want)
		}
	}
	for base, want := range map[string]string{"": "i", "http://h": "http://h/i", "http://h?q": "http://h/i", "nonsense": "i"} {
		if got := Resolve(base, "i"); got != want {
			t.Errorf("against %q: %s, want %s", base, got, want)
		}
	}
}

// FuzzResolve: a relative path is resolved as net/url does it.
func FuzzResolve(f *testing.F) {
	for _, ref := range []string{"a", "../a", "/a/./b", "//h/a", "?q", "a?q#f", "..", ".", "a/../../.."} {
		f.Add(ref)
	}
	base, err := url.Parse("http://h.example/x/y/z?q")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		u, err := url.Parse(ref)
		if err != nil || ref == "" || u.String() != ref || u.User != nil || strings.ContainsAny(ref[:1], "[{$%") || strings.Contains(strings.TrimPrefix(ref, "//"), "//") || strings.HasPrefix(ref, "///") {
			return // a macro, or empty parts, which net/url drops
		}
		got := Resolve(base.String(), ref)
		want := base.ResolveReference(u)
		if parsed, err := url.Parse(got); err != nil || !u.IsAbs() && parsed.String() != want.String() {
			t.Errorf("%q became %q (%v), want %q", ref, got, err, want)
		}
	})
}

// TestLinkEscapes: a percent sign of another system's macro does not make a URL
// that can't be sent; in the query it stays as it is.
func TestLinkEscapes(t *testing.T) {
	for text, want := range map[string]string{
		"http://t/%%CB%%/i?x=%%CB%%": "http://t/%25%CB%25%25/i?x=%%CB%%",
		"http://t/100%":              "http://t/100%25",
		"http://t/a%20b%2F":          "http://t/a%20b%2F",
		"http://t/%zz%4":             "http://t/%25zz%254",
	} {
		if got := Link(text); got != want || !Sendable(got) {
			t.Errorf("%s became %s, want %s; it can be sent: %v", text, got, want, Sendable(got))
		}
	}
}

// TestSendable: what no request can be made of.
func TestSendable(t *testing.T) {
	for target, want := range map[string]bool{
		"http://t/": true, "HTTPS://t": true, "http://[::1]:80/i": true, "http://t:8080/?a[]=[X]": true,
		"": false, "/i": false, "//t/i": false, "ftp://t/": false, "http://": false, "http:///i": false, "http://:80/": false,
		"javascript:void(0)": false, "http://[DOMAIN]/i": false, "http://u:p@t/": false, "https:/t/": false, "http://t/%zz": false,
	} {
		if got := Sendable(target); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}

// TestLongLinks: a URL that no server reads is none, and what has it does without.
func TestLongLinks(t *testing.T) {
	for n, want := range map[int]int{MaxLink: MaxLink, MaxLink + 1: 0} {
		long := "http://m/" + strings.Repeat("x", n-len("http://m/"))
		if got := len(Link(long)); got != want {
			t.Errorf("%d bytes became %d, want %d", n, got, want)
		}
	}
}
