package matrix

import (
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"stitcher/internal/egress"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/stitch/playlists"
)

// loopback is what these tests may reach.
func loopback() egress.Options {
	return egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
}

const livePlaylist = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:4,\na.ts\n#EXTINF:4,\n/b.ts\n"

// TestNetwork: what only a true network shows. The rest of the matrix has one
// in memory.
func TestNetwork(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/live/plain.m3u8", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, livePlaylist) })
	mux.HandleFunc("/live/gzip.m3u8", func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			http.Error(w, "gzip only", http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprint(z, livePlaylist)
		_ = z.Close()
	})
	mux.HandleFunc("/live/moved.m3u8", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/other/place/plain.m3u8?token=1", http.StatusFound)
	})
	mux.HandleFunc("/other/place/plain.m3u8", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, livePlaylist) })
	mux.HandleFunc("/live/silent.m3u8", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	mux.HandleFunc("/live/stalls.m3u8", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, livePlaylist)
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	mux.HandleFunc("/live/cut.m3u8", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "4000")
		fmt.Fprint(w, livePlaylist)
	})
	mux.HandleFunc("/live/bomb.m3u8", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for range 100 {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
		_ = z.Close()
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(stop) })
	// An origin that never answers is given up soon, any other has a busy
	// machine's time.
	patience := map[string]time.Duration{"silent": 300 * time.Millisecond, "stalls": 300 * time.Millisecond}
	for name, want := range map[string]string{
		"plain": server.URL + "/live/a.ts", "gzip": server.URL + "/live/a.ts", "moved": server.URL + "/other/place/a.ts",
		"silent": "", "stalls": "", "cut": "", "bomb": "", "missing": "",
	} {
		t.Run(name, func(t *testing.T) {
			manifests, err := manifests.New(manifestsOptions(egress.New(loopback()), cmp.Or(patience[name], time.Minute)))
			if err != nil {
				t.Fatal(err)
			}
			defer manifests.Close()
			c, err := playlists.Media(context.Background(), manifests, server.URL+"/live/"+name+".m3u8", hls.Options{}, false)
			if want == "" {
				if err == nil {
					t.Errorf("no error, but %d segments", len(c.Segments))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.URI(0) != want || c.URI(1) != server.URL+"/b.ts" {
				t.Errorf("segments %s, %s; want the first at %s", c.URI(0), c.URI(1), want)
			}
		})
	}
}

// TestHTTPS: an origin with a certificate that is trusted is played, one with
// another is not.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, livePlaylist) }))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		name    string
		options egress.Options
		want    string
	}{
		{"trusted", egress.Options{Transport: server.Client().Transport}, server.URL + "/live/a.ts"},
		{"not trusted", loopback(), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			manifests, err := manifests.New(manifestsOptions(egress.New(c.options), time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			defer manifests.Close()
			m, err := playlists.Media(context.Background(), manifests, server.URL+"/live/v.m3u8", hls.Options{}, false)
			if c.want == "" && err == nil || c.want != "" && (err != nil || m.URI(0) != c.want) {
				t.Errorf("%v, want segments at %q", err, c.want)
			}
		})
	}
}
