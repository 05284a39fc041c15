package vast

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
)

// buffetAd writes an inline ad: "2 b" is ad b with sequence 2, "b" a
// stand-alone one.
func buffetAd(spec string) string {
	id, sequence := spec, ""
	if before, after, ok := strings.Cut(spec, " "); ok {
		id, sequence = after, ` sequence="`+before+`"`
	}
	return fmt.Sprintf(`<Ad id="%s"%s><InLine><Creatives><Creative><Linear>%s</Linear></Creative></Creatives></InLine></Ad>`,
		id, sequence, linearAd)
}

// buffet writes a response of ads and, as "2 → allowMultipleAds", wrappers to
// the redirect.
func buffet(specs []string) string {
	var out strings.Builder
	out.WriteString(`<VAST version="4.2">`)
	for _, spec := range specs {
		sequence, attributes, wrapper := strings.Cut(spec, "→")
		if !wrapper {
			out.WriteString(buffetAd(spec))
			continue
		}
		if sequence = strings.TrimSpace(sequence); sequence != "" {
			sequence = ` sequence="` + sequence + `"`
		}
		fmt.Fprintf(&out, `<Ad id="wrapper"%s><Wrapper %s><VASTAdTagURI>http://redirect.example/</VASTAdTagURI></Wrapper></Ad>`,
			sequence, attributes)
	}
	out.WriteString(`</VAST>`)
	return out.String()
}

// TestOffer is MediaTailor's page on the ad buffet as a table: its examples
// and every rule of it. An ad fails that is named in fails; a wrapper's own
// failure is an ad "wrapper".
func TestOffer(t *testing.T) {
	const several, one = `→ allowMultipleAds="true"`, `→ allowMultipleAds="false"`
	redirect := []string{"1 r1", "2 r2", "r3"}
	for name, tc := range map[string]struct {
		first, redirect []string
		ignore          bool
		fails           string
		shown, spare    string
	}{
		"sequences in increasing order": {first: []string{"x", "3 c", "1 a", "2 b", "y"}, shown: "a b c", spare: "x y"},
		"ignored: document order":       {first: []string{"x", "3 c", "1 a", "2 b", "y"}, ignore: true, shown: "x c a b y"},
		"a stand-alone ad substitutes":  {first: []string{"1 a", "2 b", "x", "y"}, fails: "a", shown: "x b", spare: "y"},
		"the next one if that fails":    {first: []string{"1 a", "2 b", "x", "y"}, fails: "a x", shown: "y b"},
		"each is tried once":            {first: []string{"1 a", "2 b", "x"}, fails: "a b x", shown: ""},
		"each is shown once":            {first: []string{"1 a", "2 b", "x"}, fails: "a b", shown: "x"},
		"no sequence, no insertion":     {first: []string{"x", "y"}, shown: "", spare: "x y"},
		"no sequence, ignored":          {first: []string{"x", "y"}, ignore: true, shown: "x y"},
		"ignored: no substitution":      {first: []string{"1 a", "x", "2 b"}, ignore: true, fails: "a", shown: "x b"},
		"equal sequences":               {first: []string{"1 a", "1 b"}, shown: "a b"},

		"fallbackOnNoAd by default":       {first: []string{"1 a", "2 →", "x", "y"}, shown: "a x", spare: "y"},
		"fallbackOnNoAd true":             {first: []string{"1 a", `2 → fallbackOnNoAd="true"`, "3 b", "x"}, shown: "a x b"},
		"fallbackOnNoAd false":            {first: []string{"1 a", `2 → fallbackOnNoAd="false"`, "3 b", "x"}, shown: "a b", spare: "x"},
		"fallbackOnNoAd is not for media": {first: []string{"1 a", `2 → fallbackOnNoAd="false"`, "x"}, redirect: []string{"r1"}, fails: "r1", shown: "a x"},

		"one ad, sequenced wrapper":   {first: []string{"1 a", "2 " + one, "3 c", "x", "y"}, redirect: redirect, shown: "a r1 c", spare: "x y"},
		"one ad, stand-alone wrapper": {first: []string{"1 a", one, "3 c", "x", "y"}, redirect: redirect, shown: "a c", spare: "r1 x y"},
		"one ad, none in sequence":    {first: []string{"1 a", "2 " + one, "3 c"}, redirect: []string{"r3", "r4"}, shown: "a r3 c"},
		"one ad by default":           {first: []string{"1 →"}, redirect: []string{"2 r2", "1 r1"}, shown: "r1"},
		"one ad that fails":           {first: []string{"1 " + one, "x"}, redirect: redirect, fails: "r1", shown: "x"},
		"one ad, ignored: stand-alone": {first: []string{"1 a", "2 " + one, "3 c"}, redirect: redirect, ignore: true,
			shown: "a r3 c"},

		"several ads, sequenced wrapper":   {first: []string{"1 a", "2 " + several, "3 c", "x", "y"}, redirect: redirect, shown: "a r1 r2 c", spare: "r3 x y"},
		"several ads, stand-alone wrapper": {first: []string{"1 a", several, "3 c", "x", "y"}, redirect: redirect, shown: "a c r1 r2", spare: "r3 x y"},
		// VAST 4.3 §3.19: allowMultipleAds permits a pod or stand-alone ads; the wrapper
		// keeps its place.
		"several ads, none in sequence":     {first: []string{"2 " + several, "1 a", "x"}, redirect: []string{"r1", "r2"}, shown: "a r1", spare: "r2 x"},
		"several ads, the first fails":      {first: []string{"2 " + several, "1 a", "x"}, redirect: []string{"r1", "r2"}, fails: "r1", shown: "a r2", spare: "x"},
		"several ads, stand-alone both":     {first: []string{"1 a", several}, redirect: []string{"r1"}, shown: "a", spare: "r1"},
		"wrappers only, one ad each":        {first: []string{"1 " + several, "2 " + several}, redirect: []string{"r1"}, shown: "r1 r1"}, //nolint:dupword // two of them
		"wrappers only, in the other order": {first: []string{"3 " + several, "2 b", "1 " + several}, redirect: []string{"r1"}, shown: "r1 b r1"},
		"several ads, ignored":              {first: []string{"3 c", "2 " + several, "1 a"}, redirect: []string{"2 r2", "r3", "1 r1"}, ignore: true, shown: "c r2 r3 r1 a"},
		"the redirect's group first":        {first: []string{"1 a", "x", "2 " + several}, redirect: redirect, fails: "r1", shown: "a r3 r2", spare: "x"},
		"the first response's group first":  {first: []string{"2 " + several, "1 a", "x"}, redirect: redirect, fails: "a", shown: "x r1 r2", spare: "r3"},
		"then the other group":              {first: []string{"1 a", "2 " + several, "x"}, redirect: redirect, fails: "r1 r2", shown: "a r3 x"},
		"then the other group, reversed":    {first: []string{"1 a", "2 " + several, "x"}, redirect: redirect, fails: "a x", shown: "r3 r1 r2"},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := document.Parse([]byte(buffet(tc.first)), "")
			if err != nil {
				t.Fatal(err)
			}
			u := Unwrapper{Sequenced: !tc.ignore, Fetcher: fetcherFunc(func(context.Context, string) ([]byte, error) {
				return []byte(buffet(tc.redirect)), nil
			})}
			r := u.Unwrap(t.Context(), doc)
			fails := strings.Fields(tc.fails)
			var shown, rest []string
			asked := make(map[*Ad]bool)
			spare := Offer(r.Ads, !tc.ignore, func(ad *Ad) bool {
				if asked[ad] {
					t.Errorf("asked twice about %q", ad.ID)
				}
				asked[ad] = true
				if ad.Reason != "" || slices.Contains(fails, ad.ID) {
					return false
				}
				shown = append(shown, ad.ID)
				return true
			})
			for _, ad := range spare {
				if ad.Reason != avail.OutOfSequence {
					rest = append(rest, ad.ID)
				}
			}
			if got := strings.Join(shown, " "); got != tc.shown {
				t.Errorf("shown %q, want %q", got, tc.shown)
			}
			if got := strings.Join(rest, " "); got != tc.spare {
				t.Errorf("spare %q, want %q", got, tc.spare)
			}
		})
	}
}

// TestOfferSubstituteInRedirect: where a redirect's own wrapper failed and
// its stand-alone ad was taken instead, the place is not substituted again.
func TestOfferSubstituteInRedirect(t *testing.T) {
	answers := map[string]string{
		"http://redirect.example/": strings.Replace(buffet([]string{"→", "r2"}), "redirect.example", "dead.example", 1),
	}
	doc, err := document.Parse([]byte(buffet([]string{"1 →", "2 b", "x"})), "")
	if err != nil {
		t.Fatal(err)
	}
	u := Unwrapper{Sequenced: true, Fetcher: fetcherFunc(func(_ context.Context, url string) ([]byte, error) {
		return []byte(answers[url]), nil
	})}
	var shown []string
	Offer(u.Unwrap(t.Context(), doc).Ads, true, func(ad *Ad) bool {
		if ad.Reason == "" {
			shown = append(shown, ad.ID)
		}
		return ad.Reason == ""
	})
	if got := strings.Join(shown, " "); got != "r2 b" {
		t.Errorf("shown %q, want r2 b", got)
	}
}

func TestSequencingMode(t *testing.T) {
	for mode, want := range map[SequencingMode][2]bool{
		"": {false, false}, IgnoreSequence: {false, false}, FollowSequence: {true, true},
		FollowSequenceLive: {true, false}, FollowSequenceVOD: {false, true},
	} {
		if got := [2]bool{mode.Follow(true), mode.Follow(false)}; got != want {
			t.Errorf("%q: %v live, %v VOD", mode, got[0], got[1])
		}
	}
}
