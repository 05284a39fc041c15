package playback

import (
	"errors"
	"testing"
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
		"none":          {"http://o/x", nil, "http://o/x", nil},
		"host":          {"http://[player_params.origin]:81/x", map[string]string{"origin": "pdx"}, "http://origin-pdx.example:81/x", nil},
		"all of it":     {"[player_params.base]/b", map[string]string{"base": "x"}, "https://cdn.example/a/b", nil},
		"twice":         {"http://[player_params.origin]/[player_params.origin]", map[string]string{"origin": "iad"}, "http://origin-iad.example/origin-iad.example", nil},
		"no alias":      {"http://ads/?s=[session.id]&p=[player_params.other]", nil, "http://ads/?s=[session.id]&p=[player_params.other]", nil},
		"IPv6":          {"http://[::1]:80/[session.id]", nil, "http://[::1]:80/[session.id]", nil},
		"open bracket":  {"http://o/[player_params.origin", nil, "http://o/[player_params.origin", nil},
		"missing":       {"http://[player_params.origin]/", nil, "", &AliasError{"player_params.origin", true}},
		"unknown":       {"http://o/[player_params.origin]", map[string]string{"origin": "evil.example"}, "", &AliasError{"player_params.origin", false}},
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
