package preflight

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/egress"
	"stitcher/internal/playback/config"
)

// network answers with a status by URL and notes what was asked.
type network map[string]int

func (n network) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	status, ok := n[r.Method+" "+r.URL]
	if !ok {
		return nil, errors.New("no such host")
	}
	return &egress.Response{Status: status}, nil
}

func TestHosts(t *testing.T) {
	channel := func(name, origin, ads string) *config.Configuration {
		return &config.Configuration{Name: name, VideoContentSourceURL: origin, AdDecisionServerURL: ads}
	}
	a := channel("a", "https://origin.test/live", "https://ads.test/vast?key=secret")
	a.SlateAdURL = "https://files.test/slate.mp4"
	a.Bumper.StartURL = "https://files.test/gone.mp4"
	list := []*config.Configuration{
		a,
		channel("same", "https://origin.test/live", "https://ads.test/other"),
		channel("variable", "https://[player_params.host]/live", "https://ads.test[player_params.x]/"),
		channel("six", "http://[2001:db8::1]:8080/live", "https://broken.test/"),
	}
	n := network{
		" https://origin.test/live": 404, " https://ads.test/": 204, "HEAD https://files.test/slate.mp4": 200,
		"HEAD https://files.test/gone.mp4": 404, " http://[2001:db8::1]:8080/live": 200, " https://broken.test/": 502,
	}
	var out strings.Builder
	failed, err := Run(t.Context(), &out, Hosts(n, list))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ok    origin of a: https://origin.test answers 404",
		"ok    ad server of a: https://ads.test answers 204",
		"ok    slate of a: https://files.test answers 200",
		"FAIL  start bumper of a: https://files.test answers 404",
		"ok    origin of variable: not tried, because its address depends on the player's parameters",
		"ok    ad server of variable: not tried, because its address depends on the player's parameters",
		"ok    origin of six: http://[2001:db8::1]:8080 answers 200",
		"FAIL  ad server of six: https://broken.test answers 502",
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if failed != 2 || !slices.Equal(got, want) {
		t.Errorf("%d failed\n%s\nwant\n%s", failed, out.String(), strings.Join(want, "\n"))
	}
}
