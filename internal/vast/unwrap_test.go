package vast

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/tools/txtar"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/macro"
	"stitcher/internal/vast/markup"
)

// fetcherFunc is a Fetcher of one function.
type fetcherFunc func(ctx context.Context, url string) ([]byte, error)

func (f fetcherFunc) Fetch(ctx context.Context, url string) ([]byte, string, error) {
	body, err := f(ctx, url)
	return body, url, err
}

// inline is a document with one linear ad whose parts can be replaced.
func inline(linear string) string {
	return `<VAST version="4.2"><Ad id="a"><InLine><AdSystem>s</AdSystem><AdTitle>t</AdTitle>` +
		`<Impression>http://i.example/</Impression><Creatives><Creative id="c"><Linear>` + linear +
		`</Linear></Creative></Creatives></InLine></Ad></VAST>`
}

// dump writes a result for golden files.
func dump(r *Result) string {
	var out strings.Builder
	for i := range r.Ads {
		ad := &r.Ads[i]
		fmt.Fprintf(&out, "ad %q seq=%d", ad.ID, ad.Sequence)
		if ad.Reason != "" {
			fmt.Fprintf(&out, " %s %d", ad.Reason, ad.Reason.VAST())
		} else {
			fmt.Fprintf(&out, " %s", ad.Media.URL)
		}
		if ad.Err != nil {
			fmt.Fprintf(&out, " (%v)", ad.Err)
		}
		out.WriteString("\n")
		list := func(name string, urls []string) {
			if len(urls) > 0 {
				fmt.Fprintf(&out, "  %s %s\n", name, strings.Join(urls, " "))
			}
		}
		list("impression", ad.Impressions)
		for _, t := range ad.Trackers {
			list(t.Event+t.Offset, []string{t.URL})
		}
		list("error", ad.Errors)
		list("clickThrough", strings.Fields(ad.ClickThrough))
		list("clickTracking", ad.ClickTracking)
	}
	if len(r.NoAd) > 0 {
		fmt.Fprintf(&out, "no ad %s\n", strings.Join(r.NoAd, " "))
	}
	fmt.Fprintf(&out, "hops %d\n", r.Hops)
	return out.String()
}

// TestUnwrapStories runs every story of testdata/unwrap: its files are the
// answers by URL, "first" the one to begin with, "want" the result.
func TestUnwrapStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/unwrap/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			answers := make(map[string]string)
			want := -1
			for i, f := range archive.Files {
				answers[f.Name] = string(f.Data)
				if f.Name == "want" {
					want = i
				}
			}
			doc, err := document.Parse([]byte(answers["first"]), "http://ads.example/vast/first")
			if err != nil {
				t.Fatal(err)
			}
			u := Unwrapper{Macros: &macro.Values{CacheBuster: 12345678}, Fetcher: fetcherFunc(func(_ context.Context, url string) ([]byte, error) {
				body, ok := answers[url]
				if !ok {
					return nil, fmt.Errorf("%s answered 404", url)
				}
				return []byte(body), nil
			})}
			got := dump(u.Unwrap(t.Context(), doc))
			if *update {
				archive.Files[want].Data = []byte(got)
				golden(t, path, string(txtar.Format(archive)))
				return
			}
			if got != answers["want"] {
				t.Errorf("got:\n%s\nwant:\n%s", got, answers["want"])
			}
		})
	}
}

// wrapperTo is a document of one wrapper.
func wrapperTo(url string) string {
	return `<VAST version="3.0"><Ad><Wrapper><Error>http://e/` + url[len(url)-1:] + `</Error><VASTAdTagURI>` + url + `</VASTAdTagURI></Wrapper></Ad></VAST>`
}

const linearAd = `<MediaFiles><MediaFile type="video/mp4">http://m.example/a.mp4</MediaFile></MediaFiles>`

// TestUnwrapDepth: seven wrappers are followed, eight are not, and then every
// wrapper's Error URL is known (field failure B-52, VAST 4.3 §2.3.5.1).
func TestUnwrapDepth(t *testing.T) {
	for _, tc := range []struct {
		wrappers int
		reason   avail.Reason
		fetches  int64
	}{{0, "", 0}, {1, "", 1}, {7, "", 7}, {8, avail.WrapperLimit, 7}} {
		var fetches atomic.Int64
		hop := func(n int) string {
			if n >= tc.wrappers {
				return inline(linearAd)
			}
			return wrapperTo(fmt.Sprintf("http://w.example/%d", n+1))
		}
		u := Unwrapper{Fetcher: fetcherFunc(func(_ context.Context, url string) ([]byte, error) {
			fetches.Add(1)
			var n int
			_, err := fmt.Sscanf(url, "http://w.example/%d", &n)
			return []byte(hop(n)), err
		})}
		doc, err := document.Parse([]byte(hop(0)), "")
		if err != nil {
			t.Fatal(err)
		}
		r := u.Unwrap(t.Context(), doc)
		if len(r.Ads) != 1 || r.Ads[0].Reason != tc.reason || fetches.Load() != tc.fetches || int64(r.Hops) != tc.fetches {
			t.Errorf("%d wrappers: %d fetches, %s", tc.wrappers, fetches.Load(), dump(r))
		}
		if tc.reason != "" && len(r.Ads[0].Errors) != tc.wrappers {
			t.Errorf("%d wrappers: Error URLs %v", tc.wrappers, r.Ads[0].Errors)
		}
	}
}

// TestUnwrapFetches: pods of wrappers to pods of wrappers multiply; the number
// of requests is bounded all the same.
func TestUnwrapFetches(t *testing.T) {
	var fetches atomic.Int64
	pod := func() string {
		var out strings.Builder
		out.WriteString(`<VAST version="3.0">`)
		for i := range 10 {
			fmt.Fprintf(&out, `<Ad><Wrapper allowMultipleAds="true"><VASTAdTagURI>http://w/%d/%d</VASTAdTagURI></Wrapper></Ad>`, fetches.Load(), i)
		}
		return out.String() + `</VAST>`
	}
	doc, err := document.Parse([]byte(pod()), "")
	if err != nil {
		t.Fatal(err)
	}
	u := Unwrapper{Fetcher: fetcherFunc(func(context.Context, string) ([]byte, error) {
		fetches.Add(1)
		return []byte(pod()), nil
	})}
	r := u.Unwrap(t.Context(), doc)
	if fetches.Load() != DefaultFetches {
		t.Errorf("%d requests, want %d", fetches.Load(), DefaultFetches)
	}
	if len(r.Ads) != document.MaxAds {
		t.Errorf("%d ads, want %d", len(r.Ads), document.MaxAds)
	}
	for i := range r.Ads {
		if r.Ads[i].Reason != avail.WrapperLimit {
			t.Fatalf("ad %d: %q", i, r.Ads[i].Reason)
		}
	}
}

// TestAllowance: the documents of one answer are kept until its decision is made,
// so they are bounded together, those of all breaks of a VMAP.
func TestAllowance(t *testing.T) {
	pod := `<VAST version="3.0">` + strings.Repeat(`<Ad><Wrapper><VASTAdTagURI>http://w/</VASTAdTagURI></Wrapper></Ad>`, 20) + `</VAST>`
	doc, err := document.Parse([]byte(pod), "")
	if err != nil {
		t.Fatal(err)
	}
	large := strings.Replace(inline(linearAd), "<Ad", "<!--"+strings.Repeat("x", markup.MaxBytes-10_000)+"--><Ad", 1)
	u := Unwrapper{
		Fetcher:   fetcherFunc(func(context.Context, string) ([]byte, error) { return []byte(large), nil }),
		Allowance: NewAllowance(),
	}
	usable, limited := 0, 0
	for range 2 {
		for _, ad := range u.Unwrap(t.Context(), doc).Ads {
			switch ad.Reason {
			case "":
				usable++
			case avail.WrapperLimit:
				limited++
			}
		}
	}
	if usable != maxKept/markup.MaxBytes || usable+limited != 40 {
		t.Errorf("%d documents of a megabyte are kept, %d are not", usable, limited)
	}
	for range maxRequests {
		u.Allowance.ask()
	}
	if r := u.Unwrap(t.Context(), doc); r.Ads[0].Reason != avail.WrapperLimit {
		t.Errorf("past all requests: %q", r.Ads[0].Reason)
	}
}

// TestUnwrapTime: a slow hop costs what its fetcher or the context allows, and
// the ads beside it go on.
func TestUnwrapTime(t *testing.T) {
	doc, err := document.Parse([]byte(strings.Replace(wrapperTo("http://slow/"), "</VAST>", "", 1)+
		strings.TrimPrefix(inline(linearAd), `<VAST version="4.2">`)), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ hop, total, want time.Duration }{
		{time.Second, 3 * time.Second, time.Second},
		{5 * time.Second, 3 * time.Second, 3 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), tc.total)
			defer cancel()
			u := Unwrapper{Fetcher: fetcherFunc(func(ctx context.Context, _ string) ([]byte, error) {
				ctx, cancel := context.WithTimeout(ctx, tc.hop)
				defer cancel()
				<-ctx.Done()
				return nil, ctx.Err()
			})}
			begin := time.Now()
			r := u.Unwrap(ctx, doc)
			if took := time.Since(begin); took != tc.want {
				t.Errorf("took %s, want exactly %s", took, tc.want)
			}
			if len(r.Ads) != 2 || r.Ads[0].Reason != avail.AdsTimeout || r.Ads[1].Reason != "" {
				t.Error(dump(r))
			}
		})
	}
}
