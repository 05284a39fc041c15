//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"testing"
)

// TestOneTranscode: an ad that was prepared for a content as HLS plays in the same content
// as DASH, without another transcode.
func TestOneTranscode(t *testing.T) {
	t.Parallel()
	p := startDemo(t, onDemand) // with what HLS needs
	creatives := func() (list []string) {
		body, err := fetch(t.Context(), p.admin+"/api/v1/creatives")
		if err != nil {
			t.Fatal(err)
		}
		var page struct{ Items []struct{ ID, State string } }
		if err := json.Unmarshal(body, &page); err != nil || len(page.Items) == 0 {
			t.Fatalf("%v in %s", err, body)
		}
		for _, x := range page.Items {
			list = append(list, x.ID+" "+x.State)
		}
		slices.Sort(list)
		return list
	}
	jobs := func() string {
		metrics, err := fetch(t.Context(), p.admin+"/metrics")
		if err != nil {
			t.Fatal(err)
		}
		return string(bytes.Join(regexp.MustCompile(`(?m)^stitcher_transcode_jobs_finished_total\{.*$`).FindAll(metrics, -1), []byte("\n")))
	}
	before, done := creatives(), jobs()
	address := p.awaitProfile(t, withQuery(everyone(p.stream(t, "/vod/cmaf/index.mpd")), "ads.segment=sports"))
	u, _, err := open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, a := range p.explain(t, u.Query().Get("aws.sessionId")).Avails {
		for _, item := range a.Decision.Items {
			shown = append(shown, item.Ad.ID)
		}
	}
	if want := []string{"orange", "red", "blue", "purple"}; !slices.Equal(shown, want) {
		t.Errorf("a session in DASH is shown %v, want %v", shown, want)
	}
	if after := creatives(); !slices.Equal(before, after) {
		t.Errorf("the creatives were %q and are %q", before, after)
	}
	if now := jobs(); done == "" || now != done {
		t.Errorf("jobs were\n%s\nand are\n%s", done, now)
	}
}
