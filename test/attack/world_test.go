package attack

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// secret stands in queries and user information, and in no log.
const secret = "S3CR3T"

// media are the content and the creative, made once: two seconds a segment.
var media = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "stitcher-attack-media-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	input := func(seconds string) []string {
		return []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=10:duration=" + seconds,
			"-f", "lavfi", "-i", "sine=sample_rate=48000:duration=" + seconds, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-ac", "2"}
	}
	for _, args := range [][]string{
		append(input("12"), "-force_key_frames", "expr:gte(t,n_forced*2)", "-f", "segment", "-segment_time", "2", "-segment_format", "mpegts", "content%d.ts"),
		append(input("2"), "creative.mp4"),
	} {
		cmd := exec.Command("ffmpeg", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("ffmpeg: %w: %s", err, out)
		}
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if files["/"+e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return files, err
})

// world is what stands around the program: an origin, ad servers and creative
// hosts on 127.0.0.1, which it may reach, and a canary, which it may not.
type world struct {
	base string
	// ads is what the ad server answers, by the path below /ads/; content is what
	// the origin answers, by path.
	mu           sync.Mutex
	ads, content map[string]string
	*canary
}

// canary is a listener on every address of this machine.
type canary struct {
	port    int
	touched atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	files, err := media()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{ads: map[string]string{}, content: map[string]string{}, canary: newCanary(t)}
	mux := http.NewServeMux()
	// /to/HEX redirects to any text, whether it is a URL or not.
	mux.HandleFunc("/to/{target}", redirect)
	mux.HandleFunc("/to/{target}/", redirect)
	mux.HandleFunc("/ads/{name}", func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		body, ok := w.ads[r.PathValue("name")]
		w.mu.Unlock()
		if !ok {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "application/xml")
		fmt.Fprint(rw, body)
	})
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		text, ok := w.content[r.URL.Path]
		w.mu.Unlock()
		switch file := files[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/'):]]; {
		case ok:
			fmt.Fprint(rw, text)
		case file != nil:
			_, _ = rw.Write(file)
		default:
			http.NotFound(rw, r)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	w.base = server.URL
	w.content["/index.m3u8"] = multivariant("v.m3u8")
	w.content["/v.m3u8"] = w.vod()
	return w
}

func redirect(rw http.ResponseWriter, r *http.Request) {
	target, err := hex.DecodeString(r.PathValue("target"))
	if err != nil {
		http.NotFound(rw, r)
		return
	}
	rw.Header()["Location"] = []string{string(target)}
	rw.WriteHeader(http.StatusFound)
}

// to is a URL that may be reached and redirects to target.
func (w *world) to(target string) string { return w.base + "/to/" + hex.EncodeToString([]byte(target)) }

func newCanary(t *testing.T) *canary {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	c := &canary{port: l.Addr().(*net.TCPAddr).Port}
	// It answers, so that nobody stops asking it.
	server := &http.Server{
		Handler:           http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		ReadHeaderTimeout: patience,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				c.touched.Add(1)
			}
		},
	}
	server.SetKeepAlivesEnabled(false)
	go func() { _ = server.Serve(l) }() // it ends when it is closed
	t.Cleanup(func() { server.Close() })
	return c
}

// allowed is the canary at the address that may be reached.
func (c *canary) allowed() string { return fmt.Sprintf("http://127.0.0.1:%d/", c.port) }

// forms are URLs of the canary and its neighbours that must never be reached,
// however they are written.
func (c *canary) forms() []string {
	at := func(authority string) string {
		return fmt.Sprintf("http://%s:%d/x.m3u8?t=%s", authority, c.port, secret)
	}
	port := fmt.Sprint(c.port)
	all := []string{
		// The address itself, in every notation that some resolver reads.
		at("127.0.0.2"), at("127.2"), at("127.0.2"), at("2130706434"), at("0x7f000002"), at("0x7f.0.0.2"), at("0177.0.0.2"), at("017700000002"),
		at("127.0.0.02"), at("127.0.0.2."), at("127.255.255.254"),
		at("0.0.0.0"), at("0"), at("[::]"), at("[::1]"), at("[0:0:0:0:0:0:0:1]"), at("ip6-localhost"), at("ip6-loopback"),
		at("[::ffff:127.0.0.2]"), at("[::ffff:7f00:2]"), at("[::127.0.0.2]"), at("[64:ff9b::7f00:2]"), at("[2002:7f00:2::]"), at("[fe80::1%25lo]"), at("[::1%25lo]"),
		at("１２７.0.0.2"), at("127。0。0。2"), at("127%2e0%2e0%2e2"),
		// Networks that are not ours to reach.
		"http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://192.168.0.1/", "http://172.16.0.1/", "http://100.64.0.1/", "http://224.0.0.1/", "http://255.255.255.255/",
		// Two hosts in one URL.
		"http://127.0.0.1@127.0.0.2:" + port + "/", "http://127.0.0.1:80\\@127.0.0.2:" + port + "/", "http://127.0.0.2:" + port + "#@127.0.0.1/", "http://127.0.0.2:" + port + "?@127.0.0.1/",
		"http://user:" + secret + "@127.0.0.2:" + port + "/",
		// Other schemes.
		"gopher://127.0.0.1:" + port + "/_x", "ftp://127.0.0.1:" + port + "/", "file:///etc/passwd", "HTTP://127.0.0.2:" + port + "/", "http:\\\\127.0.0.2:" + port + "/",
		"//127.0.0.2:" + port + "/x", "http:127.0.0.2:" + port + "/", "http:///127.0.0.2:" + port + "/", "ws://127.0.0.1:" + port + "/", "unix:///run/x.sock", "concat:http://127.0.0.2:" + port + "/",
	}
	if *long {
		return all
	}
	// Each notation is resolved by the same dialer whatever the door; the first and
	// the oddest are tried at each.
	return append([]string{all[0], all[3], all[11], all[14], all[18]}, all[35:]...)
}

// vod is a VOD playlist with an avail of six seconds.
func (w *world) vod() string {
	return "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ncontent0.ts\n#EXTINF:2,\ncontent1.ts\n" +
		"#EXT-X-CUE-OUT:6\n#EXTINF:2,\ncontent2.ts\n#EXTINF:2,\ncontent3.ts\n#EXTINF:2,\ncontent4.ts\n#EXT-X-CUE-IN\n#EXTINF:2,\ncontent5.ts\n#EXT-X-ENDLIST\n"
}

func multivariant(uris ...string) string {
	var b strings.Builder
	b.WriteString("#EXTM3U\n")
	for i, uri := range uris {
		fmt.Fprintf(&b, "#EXT-X-STREAM-INF:BANDWIDTH=%d,CODECS=\"avc1.42c00a,mp4a.40.2\",RESOLUTION=160x90\n%s\n", 300_000+i, uri)
	}
	return b.String()
}

// inline is an ad with one media file, and with impressions.
func inline(id, mediaType, file string, impressions ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<Ad id=%q><InLine><AdSystem>x</AdSystem><AdTitle>x</AdTitle>", id)
	for _, url := range impressions {
		fmt.Fprintf(&b, "<Impression><![CDATA[%s]]></Impression>", url)
	}
	fmt.Fprintf(&b, "<Creatives><Creative id=%q><Linear><Duration>00:00:02</Duration><MediaFiles><MediaFile delivery=\"progressive\" type=%q width=\"160\" height=\"90\"><![CDATA[%s]]></MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad>",
		id, mediaType, file)
	return b.String()
}

func vast(ads ...string) string { return "<VAST version=\"4.2\">" + strings.Join(ads, "") + "</VAST>" }

// resolve is a reference in a document.
func resolve(t *testing.T, base, reference string) string {
	t.Helper()
	b, err := url.Parse(base)
	if err == nil {
		b, err = b.Parse(reference)
	}
	if err != nil {
		t.Errorf("resolve %q: %v", reference, err)
		return base
	}
	return b.String()
}
