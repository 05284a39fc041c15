package config

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"stitcher/internal/playback"
)

func TestResolve(t *testing.T) {
	c := parse(t, `{"Name":"a","ConfigurationAliases":{
		"player_params.origin":{"pdx":"origin-pdx.example","iad":"origin-iad.example"},
		"player_params.base":{"x":"https://cdn.example/a"}}}`)
	for name, test := range map[string]struct {
		template string
		params   map[string]string
		want     string
		failed   *AliasError
	}{
		"none":         {"http://o/x", nil, "http://o/x", nil},
		"host":         {"http://[player_params.origin]:81/x", map[string]string{"origin": "pdx"}, "http://origin-pdx.example:81/x", nil},
		"all of it":    {"[player_params.base]/b", map[string]string{"base": "x"}, "https://cdn.example/a/b", nil},
		"twice":        {"http://[player_params.origin]/[player_params.origin]", map[string]string{"origin": "iad"}, "http://origin-iad.example/origin-iad.example", nil},
		"no alias":     {"http://ads/?s=[session.id]&p=[player_params.other]", nil, "http://ads/?s=[session.id]&p=[player_params.other]", nil},
		"IPv6":         {"http://[::1]:80/[session.id]", nil, "http://[::1]:80/[session.id]", nil},
		"open bracket": {"http://o/[player_params.origin", nil, "http://o/[player_params.origin", nil},
		"missing":      {"http://[player_params.origin]/", nil, "", &AliasError{"player_params.origin", true}},
		"unknown":      {"http://[player_params.origin]/x", map[string]string{"origin": "evil.example"}, "", &AliasError{"player_params.origin", false}},
		// Past the domain, what is not chosen is nothing.
		"no path":       {"http://o/[player_params.origin]/x", nil, "http://o//x", nil},
		"no value":      {"http://o/?a=[player_params.origin]&b=[session.id]", map[string]string{"origin": "evil.example"}, "http://o/?a=&b=[session.id]", nil},
		"domain":        {"http://[player_params.host]/", map[string]string{"host": "evil.example"}, "", &AliasError{Variable: "player_params.host"}},
		"domain prefix": {"[player_params.host]/", map[string]string{"host": "http://evil.example"}, "", &AliasError{Variable: "player_params.host"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.Resolve(test.template, test.params)
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			var failed *AliasError
			if errors.As(err, &failed); (err == nil) != (test.failed == nil) || failed != nil && *failed != *test.failed {
				t.Errorf("error %v, want %v", err, test.failed)
			}
		})
	}
}

// TestResolveFile: a file's name is whole or none.
func TestResolveFile(t *testing.T) {
	c := parse(t, `{"Name":"a","ConfigurationAliases":{"player_params.kind":{"tv":"big"}}}`)
	for alias, want := range map[string]string{"tv": "http://s/big.mp4", "phone": ""} {
		if got, err := c.ResolveFile("http://s/[player_params.kind].mp4", map[string]string{"kind": alias}); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", alias, got, err)
		}
	}
}

// TestChoices: ads parameters choose where player parameters don't.
func TestChoices(t *testing.T) {
	ads, player := map[string]string{"a": "1", "b": "1"}, map[string]string{"b": "2"}
	if got := playback.Choices(ads, player); !maps.Equal(got, map[string]string{"a": "1", "b": "2"}) || len(ads) != 2 || ads["b"] != "1" {
		t.Errorf("%v of %v", got, ads)
	}
	if got := playback.Choices(nil, player); !maps.Equal(got, player) {
		t.Errorf("%v", got)
	}
}

// TestResolveAll: a session that names no alias, or one that is not there, does
// not start, whichever of the members needs it (reference §4.3).
func TestResolveAll(t *testing.T) {
	for _, member := range []string{
		`"VideoContentSourceUrl":"http://[player_params.host]/"`,
		`"AdDecisionServerUrl":"http://[player_params.host]/?s=[session.id]"`,
		`"CdnConfiguration":{"AdSegmentUrlPrefix":"http://[player_params.host]/"}`,
		`"CdnConfiguration":{"ContentSegmentUrlPrefix":"http://[player_params.host]/"}`,
		`"LivePreRollConfiguration":{"AdDecisionServerUrl":"http://[player_params.host]/"}`,
	} {
		c := parse(t, `{"Name":"a",`+member+`,"ConfigurationAliases":{"player_params.host":{"pdx":"a.example"},"player_params.other":{"x":"y"}}}`)
		for _, params := range []map[string]string{nil, {"host": "iad"}, {"HOST": "pdx"}, {"host": "a.example"}} {
			var failed *AliasError
			if _, err := c.ResolveAll(params); !errors.As(err, &failed) || failed.Variable != "player_params.host" {
				t.Errorf("%s, %v: %v", member, params, err)
			}
		}
		got, err := c.ResolveAll(map[string]string{"host": "pdx"})
		all := got.Source + got.ADS + got.AdPrefix + got.ContentPrefix + got.PreRollADS
		if want := "http://a.example/"; err != nil || !strings.HasPrefix(all, want) {
			t.Errorf("%s: %q, %v", member, all, err)
		}
	}
}

func TestAliasValues(t *testing.T) {
	c := parse(t, `{"Name":"a","ConfigurationAliases":{"player_params.a":{"1":"one"},"player_params.b":{"":"nothing"}}}`)
	for name, test := range map[string]struct{ params, want map[string]string }{
		"chosen":     {map[string]string{"a": "1", "b": "", "c": "2"}, map[string]string{"player_params.a": "one", "player_params.b": "nothing"}},
		"not chosen": {map[string]string{"a": "2"}, map[string]string{"player_params.a": "", "player_params.b": ""}},
	} {
		if got := c.AliasValues(test.params); !maps.Equal(got, test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := parse(t, `{"Name":"a"}`).AliasValues(nil); got != nil {
		t.Errorf("%v", got)
	}
}
