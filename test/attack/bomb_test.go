package attack

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// zeros is a gzip member of megabytes that are all alike.
func zeros(t *testing.T, megabytes int) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range megabytes {
		if _, err := z.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBombs: documents that are small and cost much. Viewers are served, and memory
// stays bounded.
func TestBombs(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	gzipped := zeros(t, 256)
	bomb := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Encoding", "gzip")
		_, _ = rw.Write(gzipped)
	}))
	defer bomb.Close()
	var entities strings.Builder
	entities.WriteString("<!DOCTYPE VAST [<!ENTITY a0 \"" + strings.Repeat("x", 100) + "\">")
	for i := range 20 {
		fmt.Fprintf(&entities, "<!ENTITY a%d %q>", i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	entities.WriteString("]><VAST version=\"4.2\"><Error>&a20;</Error></VAST>")
	w.answer("laughs", entities.String())
	w.answer("external", `<!DOCTYPE VAST [<!ENTITY x SYSTEM "`+w.allowed()+`"><!ENTITY % y SYSTEM "file:///etc/passwd">%y;]><VAST version="4.2"><Error>&x;</Error></VAST>`)
	w.answer("deep", "<VAST>"+strings.Repeat("<a>", 200_000))
	w.answer("wide", "<VAST "+strings.Repeat("a=\"b\" ", 100_000)+"/>")
	w.answer("many", vast(strings.Repeat(inline("x", "video/mp4", "http://127.0.0.1:1/x", "http://127.0.0.1:1/"), 2000)))
	w.answer("loop", fmt.Sprintf("<VAST version=\"4.2\"><Ad id=\"l\"><Wrapper><AdSystem>x</AdSystem><Impression>http://127.0.0.1:1/</Impression><VASTAdTagURI>%s/ads/loop</VASTAdTagURI></Wrapper></Ad></VAST>", w.base))
	w.put("lines/index.m3u8", multivariant("v.m3u8"))
	w.put("lines/v.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n"+strings.Repeat("#EXTINF:2,\nx.ts\n", 100_000)+"#EXT-X-ENDLIST\n")
	w.put("variants/index.m3u8", multivariant(strings.Fields(strings.Repeat("v.m3u8 ", 20_000))...))
	before := p.resident(t)
	for _, name := range []string{"laughs", "external", "deep", "wide", "many", "loop", "gzip"} {
		members := w.members("", name)
		if name == "gzip" {
			members["AdDecisionServerUrl"] = bomb.URL
		}
		if !p.configure(t, name, members) {
			t.Fatal("the configuration is refused")
		}
		if _, text := p.play(t, name, "index.m3u8"); !strings.Contains(text, "content2.ts") {
			t.Errorf("with the ad server's bomb %q a viewer gets %.200q", name, text)
		}
	}
	for name, source := range map[string]string{"origin-gzip": bomb.URL, "origin-lines": w.base + "/lines", "origin-variants": w.base + "/variants"} {
		if !p.configure(t, name, map[string]any{"VideoContentSourceUrl": source, "AdDecisionServerUrl": w.base + "/ads/none"}) {
			t.Fatal("the configuration is refused")
		}
		for range 3 {
			p.play(t, name, "index.m3u8")
		}
	}
	if n := w.touched.Load(); n > 0 {
		t.Errorf("an external entity was fetched")
	}
	if grown := p.resident(t) - before; grown > 300e6 {
		t.Errorf("%.0f MB more are resident", grown/1e6)
	}
	if a := do(t, http.MethodGet, "http://"+p.viewer+"/healthz", ""); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
}
