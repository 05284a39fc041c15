package vast

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"stitcher/internal/avail"
	"stitcher/internal/vast/markup"
	"stitcher/internal/vast/vmap"
)

// playlist puts breaks into a VMAP.
func playlist(breaks ...string) string {
	return `<vmap:VMAP xmlns:vmap="http://www.iab.net/videosuite/vmap" version="1.0">` + strings.Join(breaks, "") + `</vmap:VMAP>`
}

// adBreakOf is one break with a source.
func adBreakOf(source string) string {
	return `<vmap:AdBreak timeOffset="start" breakType="linear" breakId="b"><vmap:AdSource id="1">` + source + `</vmap:AdSource></vmap:AdBreak>`
}

// dumpVMAP writes a playlist for golden files.
func dumpVMAP(v *vmap.VMAP) string {
	var out strings.Builder
	fmt.Fprintf(&out, "vmap %q\n", v.Version)
	for i := range v.Breaks {
		b := &v.Breaks[i]
		fmt.Fprintf(&out, "break %q %s at %+v", b.ID, strings.Join(b.Types, "+"), b.Offset)
		if b.RepeatAfter > 0 {
			fmt.Fprintf(&out, " every %d", b.RepeatAfter)
		}
		s := &b.Source
		fmt.Fprintf(&out, "\n  source %q multiple=%v follow=%v", s.ID, s.AllowMultipleAds, s.FollowRedirects)
		if s.Inline != nil {
			fmt.Fprintf(&out, " inline of %d", len(s.Inline.Ads))
		}
		if s.Template != "" || s.TagURI != "" || s.Custom != "" {
			fmt.Fprintf(&out, " %s %q %q", s.Template, s.TagURI, s.Custom)
		}
		out.WriteString("\n")
		for _, t := range b.Events {
			fmt.Fprintf(&out, "  %s %s\n", t.Event, t.URL)
		}
		for _, x := range b.Extensions {
			fmt.Fprintf(&out, "  extension %q %v %q\n", x.Type, x.Attributes, x.Content)
		}
		if b.Fault != "" {
			fmt.Fprintf(&out, "  fault %s (%v)\n", b.Fault, b.Err)
		}
	}
	for _, x := range v.Extensions {
		fmt.Fprintf(&out, "extension %q %v %q\n", x.Type, x.Attributes, x.Content)
	}
	return out.String()
}

// TestVMAPStories reads every playlist of testdata/vmap: "playlist" is the
// document, "want" what it comes to.
func TestVMAPStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/vmap/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := ParseResponse(archive.Files[0].Data, "")
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				archive.Files[1].Data = []byte(dumpVMAP(r.VMAP))
				golden(t, path, string(txtar.Format(archive)))
				return
			}
			if got := dumpVMAP(r.VMAP); got != string(archive.Files[1].Data) {
				t.Errorf("got:\n%s\nwant:\n%s", got, archive.Files[1].Data)
			}
		})
	}
}

// TestParseResponse tells VAST from VMAP from what is neither.
func TestParseResponse(t *testing.T) {
	for name, tc := range map[string]struct {
		body       string
		vast, vmap bool
		code       int
	}{
		"VAST":                 {body: inline(linearAd), vast: true},
		"nothing":              {body: "\n", vast: true},
		"VMAP":                 {body: playlist(), vmap: true},
		"VMAP, other prefix":   {body: strings.ReplaceAll(playlist(adBreakOf("")), "vmap:", "x-1:"), vmap: true},
		"VMAP, no prefix":      {body: strings.ReplaceAll(playlist(adBreakOf("")), "vmap:", ""), vmap: true},
		"VMAP, byte order":     {body: "\xef\xbb\xbf<?xml version=\"1.0\"?><!-- c -->" + playlist(), vmap: true},
		"HTML":                 {body: "<html/>", code: 101},
		"another root":         {body: strings.ReplaceAll(playlist(adBreakOf("")), "VMAP", "WRONG"), code: 101},
		"text":                 {body: "no ads", code: 100},
		"a VMAP that ends":     {body: playlist()[:40], code: 100},
		"a bomb in it":         {body: `<!DOCTYPE x [<!ENTITY a "aaaa">]>` + playlist(), code: 100},
		"a bomb in a break":    {body: playlist(`<!DOCTYPE x [<!ENTITY a "aaaa">]>`), code: 100},
		"more than the limit":  {body: playlist(strings.Repeat(" ", markup.MaxBytes)), code: 100},
		"10 MB of one element": {body: "<VAST>" + strings.Repeat("x", 10<<20) + "</VAST>", code: 100},
	} {
		r, err := ParseResponse([]byte(tc.body), "")
		if tc.code != 0 {
			var parse *markup.ParseError
			if !errors.As(err, &parse) || parse.Code != tc.code {
				t.Errorf("%s: %v, want code %d", name, err, tc.code)
			}
			continue
		}
		if err != nil || (r.VAST != nil) != tc.vast || (r.VMAP != nil) != tc.vmap {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// TestVMAPBounds: no more than MaxBreaks are read.
func TestVMAPBounds(t *testing.T) {
	r, err := ParseResponse([]byte(playlist(strings.Repeat(adBreakOf(""), 3*vmap.MaxBreaks))), "")
	if err != nil || len(r.VMAP.Breaks) != vmap.MaxBreaks {
		t.Fatalf("%v, %+v", err, r)
	}
}

// TestUnwrapBreak: what the ads of a break come to, by its source (field
// failure B-52, videojs-ima#671: each break stands for itself).
func TestUnwrapBreak(t *testing.T) {
	const tag = `<vmap:AdTagURI templateType="vast3"><![CDATA[http://ads.example/%s]]></vmap:AdTagURI>`
	inlined := func(vast string) string { return "<vmap:VASTAdData>" + vast + "</vmap:VASTAdData>" }
	pod := buffet([]string{"1 a", "2 b"})
	answers := map[string]string{
		"http://ads.example/pod": pod, "http://ads.example/wrapper": wrapperTo("http://ads.example/pod"),
		"http://ads.example/empty": `<VAST version="3.0"><Error>http://e/root</Error></VAST>`,
		"http://ads.example/loop":  wrapperTo("http://ads.example/loop"),
		"http://ads.example/vmap":  playlist(), "http://vmap.example/relative": pod,
	}
	for name, tc := range map[string]struct {
		source, attributes, kind string
		ads                      string
		reason                   avail.Reason
		hops                     int
		errors                   string
	}{
		"inline":                 {source: inlined(pod), ads: "a b"},
		"inline, old name":       {source: "<vmap:VASTData>" + pod + "</vmap:VASTData>", ads: "a b"},
		"inline in CDATA":        {source: inlined("<![CDATA[" + pod + "]]>"), ads: "a b"},
		"inline with comments":   {source: inlined("<!-- x -->\n" + pod), ads: "a b"},
		"inline wrapper":         {source: inlined(wrapperTo("http://ads.example/pod")), ads: "a out_of_sequence", hops: 1},
		"inline of nothing":      {source: inlined(""), reason: avail.AdsEmpty, errors: "http://e/break"},
		"inline, closing itself": {source: "<vmap:VASTAdData/>", reason: avail.AdsEmpty, errors: "http://e/break"},
		"inline, no VAST":        {source: inlined("<html/>"), reason: avail.VASTInvalid, errors: "http://e/break"},
		"tag":                    {source: fmt.Sprintf(tag, "pod"), ads: "a b", hops: 1},
		"tag, relative":          {source: "<AdTagURI>relative</AdTagURI>", ads: "a b", hops: 1},
		"tag, no scheme":         {source: "<AdTagURI>//ads.example/pod</AdTagURI>", ads: "a b", hops: 1},
		"tag of VMAP 1.0":        {source: "<vmap:AdTagURL>http://ads.example/pod</vmap:AdTagURL>", ads: "a b", hops: 1},
		"tag to a wrapper":       {source: fmt.Sprintf(tag, "wrapper"), ads: "a out_of_sequence", hops: 2},
		"tag to no ad":           {source: fmt.Sprintf(tag, "empty"), reason: avail.AdsEmpty, hops: 1, errors: "http://e/break http://e/root"},
		"tag to itself":          {source: fmt.Sprintf(tag, "loop"), ads: "wrapper_limit", hops: 1, errors: "http://e/break http://e/p"},
		"tag to nowhere":         {source: fmt.Sprintf(tag, "gone"), reason: avail.AdsError, hops: 1, errors: "http://e/break"},
		"tag to a VMAP":          {source: fmt.Sprintf(tag, "vmap"), reason: avail.WrapperInvalid, hops: 1, errors: "http://e/break"},
		"tag that is none":       {source: "<AdTagURI>file:///etc/passwd</AdTagURI>", reason: avail.WrapperInvalid, errors: "http://e/break"},
		"one ad":                 {source: inlined(pod), attributes: `allowMultipleAds="false"`, ads: "a out_of_sequence"},
		"several ads":            {source: inlined(pod), attributes: `allowMultipleAds="1"`, ads: "a b"},
		"no redirects": {source: inlined(wrapperTo("http://ads.example/pod")), attributes: `followRedirects="false"`,
			ads: "wrapper_limit", errors: "http://e/break http://e/d"},
		"custom":        {source: `<vmap:CustomAdData templateType="proprietary"><![CDATA[{}]]></vmap:CustomAdData>`, reason: avail.VASTInvalid, errors: "http://e/break"},
		"only trackers": {reason: avail.AdsEmpty, errors: "http://e/break"},
		"not linear":    {source: inlined(pod), kind: "nonlinear,display", reason: avail.NotLinear, errors: "http://e/break"},
		"either":        {source: inlined(pod), kind: "nonlinear,linear", ads: "a b"},
		"no type":       {source: inlined(pod), kind: " ", ads: "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.kind == "" {
				tc.kind = "linear"
			}
			r, err := ParseResponse([]byte(playlist(`<vmap:AdBreak timeOffset="start" breakType="`+tc.kind+`"><vmap:AdSource `+
				tc.attributes+`>`+tc.source+`</vmap:AdSource><vmap:TrackingEvents><vmap:Tracking event="error">http://e/break</vmap:Tracking>`+
				`</vmap:TrackingEvents></vmap:AdBreak>`)), "http://vmap.example/")
			if err != nil {
				t.Fatal(err)
			}
			u := Unwrapper{Fetcher: fetcherFunc(func(_ context.Context, url string) ([]byte, error) {
				body, ok := answers[url]
				if !ok {
					return nil, errors.New("answered 404")
				}
				return []byte(body), nil
			})}
			got := u.UnwrapBreak(t.Context(), &r.VMAP.Breaks[0])
			var ads []string
			for i := range got.Ads {
				ad := &got.Ads[i]
				if ad.Reason != "" {
					ads = append(ads, string(ad.Reason))
					got.NoAd = append(got.NoAd, ad.Errors...)
				} else if ads = append(ads, ad.ID); ad.Errors[0] != "http://e/break" {
					t.Errorf("%s has the Error URLs %v", ad.ID, ad.Errors)
				}
			}
			if strings.Join(ads, " ") != tc.ads || got.Reason != tc.reason || got.Hops != tc.hops {
				t.Errorf("ads %q, %q (%v), %d hops", ads, got.Reason, got.Err, got.Hops)
			}
			if urls := strings.Join(got.NoAd, " "); tc.errors != "" && urls != tc.errors {
				t.Errorf("Error URLs %s, want %s", urls, tc.errors)
			}
		})
	}
}

// TestUnwrapBreakDepth: the tag URI of a break is one hop of the seven.
func TestUnwrapBreakDepth(t *testing.T) {
	for wrappers, reason := range map[int]avail.Reason{6: "", 7: avail.WrapperLimit} {
		u := Unwrapper{Fetcher: fetcherFunc(func(_ context.Context, url string) ([]byte, error) {
			var n int
			if _, err := fmt.Sscanf(url, "http://w.example/%d", &n); err != nil || n < wrappers {
				return []byte(wrapperTo(fmt.Sprintf("http://w.example/%d", n+1))), err
			}
			return []byte(inline(linearAd)), nil
		})}
		b := &vmap.Break{Source: vmap.Source{TagURI: "http://w.example/0", AllowMultipleAds: true, FollowRedirects: true}}
		r := u.UnwrapBreak(t.Context(), b)
		if len(r.Ads) != 1 || r.Ads[0].Reason != reason || r.Hops != DefaultDepth {
			t.Errorf("a tag and %d wrappers: %s", wrappers, dump(r))
		}
	}
}

func FuzzVMAP(f *testing.F) {
	f.Add([]byte(playlist(adBreakOf("<vmap:VASTAdData>"+inline(linearAd)+"</vmap:VASTAdData>"), adBreakOf("<AdTagURI>http://a/</AdTagURI>"))))
	f.Add([]byte(playlist(`<AdBreak timeOffset="25%" repeatAfter="00:01:00"><AdSource><VASTData/></x></AdSource>`, adBreakOf(""))))
	f.Add([]byte(`<VMAP><AdBreak timeOffset="#1"><![CDATA[<AdBreak >]]></VMAP><AdBreak `))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseResponse(body, "")
		if err != nil {
			var parse *markup.ParseError
			if !errors.As(err, &parse) {
				t.Fatalf("%v is no ParseError", err)
			}
			return
		}
		if (r.VAST == nil) == (r.VMAP == nil) {
			t.Fatal("neither or both")
		}
		if r.VMAP == nil {
			return
		}
		if len(r.VMAP.Breaks) > vmap.MaxBreaks {
			t.Fatalf("%d breaks", len(r.VMAP.Breaks))
		}
		u := Unwrapper{Fetcher: fetcherFunc(func(context.Context, string) ([]byte, error) { return body, nil })}
		for i := range r.VMAP.Breaks[:min(3, len(r.VMAP.Breaks))] {
			b := &r.VMAP.Breaks[i]
			if got := u.UnwrapBreak(t.Context(), b); (len(got.Ads) == 0) != (got.Reason != "") {
				t.Fatalf("%d ads and the reason %q", len(got.Ads), got.Reason)
			}
			if n := len(b.Times(3_600_000_000)); n > vmap.MaxBreaks {
				t.Fatalf("%d repetitions", n)
			}
		}
	})
}
