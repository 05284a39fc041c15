package vast

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// TestHostile: no megabyte takes long or much memory, whatever it is made of,
// and what is left of it can be used as any other response.
func TestHostile(t *testing.T) {
	const budget = 64 << 20
	fill := func(head, part, tail string) string {
		return head + strings.Repeat(part, (markup.MaxBytes-len(head)-len(tail))/len(part)) + tail
	}
	extension := `<VAST><Ad><InLine><Extensions><Extension type="UniversalAdId">`
	for name, body := range map[string]string{
		"ads":                fill("<VAST>", "<Ad/>", "</VAST>"),
		"wrappers":           fill("<VAST>", `<Ad><Wrapper allowMultipleAds="1"><VASTAdTagURI>http://a/</VASTAdTagURI></Wrapper></Ad>`, "</VAST>"),
		"errors":             fill("<VAST>", "<Error>a</Error>", "</VAST>"),
		"ampersands":         fill("<VAST><Error>", "&", "</Error></VAST>"),
		"references":         fill("<VAST><Error>", "&#65;", "</Error></VAST>"),
		"attributes":         fill("<VAST ", "a='' ", "/>"),
		"attributes kept":    fill("<VAST><Ad ", "id='' ", "/></VAST>"),
		"elements":           fill("<VAST>", "<a/>", "</VAST>"),
		"open elements":      fill("<VAST>", "<a>", ""),
		"an extension":       fill(extension, "<a/>", `</Extension></Extensions></InLine></Ad></VAST>`),
		"a creative's parts": fill("<VAST><Ad><InLine><Creatives>", "<Creative><Linear/></Creative>", "</Creatives></InLine></Ad></VAST>"),
		"comments":           fill("<VAST>", "<!---->", "</VAST>"),
		"empty CDATA":        fill("<VAST><Error>", "<![CDATA[]]>", "</Error></VAST>"),
		"open CDATA":         fill("<VAST>", "<![CDATA[", ""),
		"text":               fill("", "x", ""),
		"breaks":             fill("<VMAP>", "<AdBreak/>", "</VMAP>"),
		"broken breaks":      fill("<VMAP>", `<AdBreak timeOffset="start"`, "</VMAP>"),
		"open breaks":        fill("<VMAP>", "<AdBreak >", ""),
		"breaks in a quote":  fill("<VMAP>", `<AdBreak a=">`, ""),
		"a break's trackers": fill("<VMAP><AdBreak><TrackingEvents>", "<Tracking/>", "</TrackingEvents></AdBreak></VMAP>"),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			u := Unwrapper{Fetcher: fetcherFunc(func(context.Context, string) ([]byte, error) { return nil, nil })}
			if r, err := ParseResponse([]byte(body), ""); err == nil {
				var results []*Result
				if r.VAST != nil {
					results = append(results, u.Unwrap(t.Context(), r.VAST))
				} else {
					for i := range r.VMAP.Breaks {
						results = append(results, u.UnwrapBreak(t.Context(), &r.VMAP.Breaks[i]))
					}
				}
				for _, r := range results {
					if len(r.Ads) > document.MaxAds {
						t.Errorf("%d ads", len(r.Ads))
					}
					for i := range r.Ads {
						r.Ads[i].Details()
					}
				}
			}
			runtime.ReadMemStats(&after)
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > budget {
				t.Errorf("%d MB in all", used>>20)
			}
		})
	}
}

// TestUnwrapHugeHop: a hop of 10 MB, which a fetcher should not have read, is
// refused and takes nothing else with it.
func TestUnwrapHugeHop(t *testing.T) {
	doc, err := document.Parse([]byte(strings.Replace(wrapperTo("http://huge.example/"), "</VAST>", "", 1)+
		strings.TrimPrefix(inline(linearAd), `<VAST version="4.2">`)), "")
	if err != nil {
		t.Fatal(err)
	}
	huge := []byte(inline(linearAd) + strings.Repeat(" ", 10<<20))
	u := Unwrapper{Fetcher: fetcherFunc(func(context.Context, string) ([]byte, error) { return huge, nil })}
	r := u.Unwrap(t.Context(), doc)
	if len(r.Ads) != 2 || r.Ads[0].Reason != avail.WrapperInvalid || r.Ads[1].Reason != "" {
		t.Error(dump(r))
	}
}
