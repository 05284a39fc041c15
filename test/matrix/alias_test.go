package matrix

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestAliases: a session starts where its player names an alias for every domain
// variable and gets what they stand for; with none, or one that there is not, it
// is 400 and nobody is asked (reference §4.3). Elsewhere a variable that no alias
// is named for is empty.
func TestAliases(t *testing.T) {
	t.Parallel()
	aliases := map[string]map[string]string{
		"player_params.origin": {"pdx": "origin.example"}, "player_params.ads": {"pdx": "other-ads.example"},
		"player_params.cdn": {"pdx": "cdn.example"}, "player_params.tier": {"1": "gold"}, "player_params.pre": {"pdx": "ads.example"},
	}
	members := []any{
		"AdDecisionServerUrl", "http://[player_params.ads]/vast?d=[session.avail_duration_secs]&tier=[player_params.tier]",
		"CdnConfiguration", map[string]string{
			"AdSegmentUrlPrefix": "https://[player_params.cdn]/ads/", "ContentSegmentUrlPrefix": "https://[player_params.cdn]/content/",
		},
		"LivePreRollConfiguration", map[string]any{"AdDecisionServerUrl": "http://[player_params.pre]/pre", "MaxDurationSeconds": 1},
		"AdDecisionServerConfiguration", map[string]any{"HttpRequest": map[string]any{
			"Method": "POST", "Body": `{"tier":"{{player_params.tier}}"}`, "Headers": map[string]string{"Content-Type": "application/json"},
		}},
		"ConfigurationAliases", aliases,
	}
	good := url.Values{"origin": {"pdx"}, "ads": {"pdx"}, "cdn": {"pdx"}, "tier": {"1"}, "pre": {"pdx"}}
	play(t, func(t *testing.T, w *world) {
		w.configure("http://[player_params.origin]/live", members...)
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
		master := "/v1/master/" + w.hash + "/" + configuration + "/master.m3u8"
		session := strings.Replace(master, "/master/", "/session/", 1)
		for _, name := range []string{"origin", "ads", "cdn", "pre"} {
			for _, alias := range []string{"", "iad", "origin.example"} {
				params, members := "?x=1", []string{}
				for other := range good {
					value := good.Get(other)
					if other == name {
						value = alias
					}
					if value != "" {
						params += "&playerParams." + other + "=" + value
						members = append(members, fmt.Sprintf("%q:%q", other, value))
					}
				}
				post := httptest.NewRecorder()
				w.handler.ServeHTTP(post, httptest.NewRequest(http.MethodPost, session, strings.NewReader(`{"playerParams":{`+strings.Join(members, ",")+`}}`)))
				for where, a := range map[string]*httptest.ResponseRecorder{"implicit": w.get(master + params), "explicit": w.get(session + params), "body": post} {
					if a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "player_params."+name) {
						t.Errorf("%s, %s is %q: %d %s", where, name, alias, a.Code, a.Body)
					}
				}
			}
		}
		if n := w.net.count("http://origin.example/live/master.m3u8"); n != 0 || w.ads.total() != 0 {
			t.Errorf("the origin was asked %d times, the ad server %d times", n, w.ads.total())
		}

		asked := make(chan string, 16)
		w.net.host("other-ads.example", http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			body := make([]byte, 100)
			n, _ := r.Body.Read(body)
			asked <- r.Method + " " + r.URL.RequestURI() + " " + string(body[:n])
			w.ads.ServeHTTP(out, r)
		}))
		query := "?aws.preroll=disabled&ads.tier=1" // ads parameters choose too
		for name := range good {
			if name != "tier" {
				query += "&playerParams." + name + "=" + good.Get(name)
			}
		}
		p := w.join("master.m3u8" + query)
		if text := w.get(p.urls[0]).Body.String(); !strings.Contains(text, "https://cdn.example/content/") {
			t.Errorf("content does not come from the CDN:\n%s", text)
		}
		for w.now() < 60*sec && len(asked) == 0 {
			p.poll()
			w.until(w.now() + sec)
		}
		if len(asked) == 0 {
			t.Fatal("the ad server was not asked")
		}
		if got, want := <-asked, `POST /vast?d=20&tier=gold {"tier":"gold"}`; got != want {
			t.Errorf("the ad server was asked %s, want %s", got, want)
		}
		// What is no part of a domain is not needed.
		if a := w.get(master + strings.Replace(query, "&ads.tier=1", "", 1)); a.Code != http.StatusOK {
			t.Errorf("without a tier: %d %s", a.Code, a.Body)
		}
	})
}
