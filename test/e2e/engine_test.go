//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestThirdPartyOrigin puts the service before eyevinn-channel-engine, a live
// origin that was written by others: markers in several dialects,
// discontinuities of its own, "master1.m3u8;session=1" for a playlist.
func TestThirdPartyOrigin(t *testing.T) {
	t.Parallel()
	p := startDemo(t, onDemand)
	origin := startEngine(t, p)
	p.configure(t, map[string]any{
		"Name": "engine", "VideoContentSourceUrl": origin + "/live",
		"AdDecisionServerUrl": p.demo + "/ads?duration=[session.avail_duration_secs]&session=[session.uuid]",
	})

	address := p.viewer + "/v1/master/" + strings.Repeat("0", 40) + "/engine/master.m3u8?channel=1"
	v := watch(t, address).beside(t, origin+"/live/master.m3u8?channel=1")
	// Its content is the demo's film, so the ads are prepared for it.
	v.pollUntil(t, "ads are listed", func() bool { return v.tail(true) > 0 })
	v.pollUntil(t, "content is back", func() bool { return v.tail(false) > 4 })
	t.Logf("content at %s", v.describe())
	v.report(t)
	within(t, patience, "beacons have come", func() error {
		_, beacons := p.received(t, v.session)
		for _, b := range beacons {
			if b.Query["event"] == "complete" {
				return nil
			}
		}
		return fmt.Errorf("no ad is complete in %d beacons", len(beacons))
	})
}

// startEngine starts the engine on two assets made of the demo's film, and
// returns its address.
func startEngine(t *testing.T, p *program) string {
	t.Helper()
	assets := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := markedFilm(r, p.demo)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.apple.mpegurl")
		io.WriteString(w, body)
	}))
	t.Cleanup(assets.Close)
	log, err := os.Create(filepath.Join(artifacts(t), "engine.log"))
	if err != nil {
		t.Fatal(err)
	}
	host := freePorts(t, 1)[0]
	_, port, _ := strings.Cut(host, ":")
	cmd := command(t, "node", "engine.cjs")
	cmd.Env = append(os.Environ(), "PORT="+port, "ASSETS="+assets.URL+"/plain/index.m3u8 "+assets.URL+"/oatcls/index.m3u8")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // it was killed when the test's context ended
		if t.Failed() {
			tail(t, log.Name())
		}
		log.Close()
	})
	// Its first playlists take longer than any origin may.
	within(t, patience, "the engine has a channel", func() error {
		body, err := fetch(t.Context(), "http://"+host+"/live/master.m3u8?channel=1")
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(body)) {
			if line[0] != '#' {
				_, err := fetch(t.Context(), "http://"+host+"/live/"+strings.TrimSpace(line))
				return err
			}
		}
		return fmt.Errorf("no playlist in %q", body)
	})
	return "http://" + host
}

// markedFilm is the demo's film with an avail from 16 s to 32 s, marked in the
// dialect that the path's first element names.
func markedFilm(r *http.Request, demo string) (string, error) {
	dialect, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, err := fetch(r.Context(), demo+"/vod/ts/"+name)
	if err != nil || name == "index.m3u8" {
		return string(body), err
	}
	markers := map[string]string{
		"plain":  "#EXT-X-CUE-OUT:DURATION=16\n",
		"oatcls": "#EXT-OATCLS-SCTE35:/DAlAAAAAAAAAP/wFAUAAAABf+/+AAAAAP4AFf+QAAEAAAAAHtCGfQ==\n#EXT-X-ASSET:CAID=0x0000000020FB6501\n#EXT-X-CUE-OUT:16\n",
	}
	text := strings.ReplaceAll(string(body), "#EXT-X-CUE-OUT:0\n#EXT-X-CUE-IN\n", "")
	var out strings.Builder
	segment := 0
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "#EXTINF"):
			switch segment++; segment {
			case 9:
				out.WriteString(markers[dialect])
			case 17:
				out.WriteString("#EXT-X-CUE-IN\n")
			}
		case !strings.HasPrefix(line, "#"):
			line = demo + "/vod/ts/" + line
		}
		out.WriteString(line)
	}
	return out.String(), nil
}
