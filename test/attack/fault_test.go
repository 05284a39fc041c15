package attack

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecretsStayOutOfTheLog: everything that can fail does, with secrets in its
// URLs, its bodies and its headers; serve looks into the log (debug) at the end.
func TestSecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	failing := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("how") {
		case "status":
			http.Error(rw, "no "+secret, http.StatusInternalServerError)
		case "cut":
			panic(http.ErrAbortHandler)
		case "redirect":
			http.Redirect(rw, r, "http://127.0.0.1:1/?token="+secret, http.StatusFound)
		case "short":
			rw.Header().Set("Content-Length", "1000")
			_, _ = rw.Write([]byte(secret))
		default:
			fmt.Fprintf(rw, "/not/what/was/asked?for=%s", secret)
		}
	}))
	defer failing.Close()
	failing.Config.ErrorLog = nil
	var urls []string
	for _, how := range []string{"status", "cut", "redirect", "short", "body"} {
		urls = append(urls, failing.URL+"/a.m3u8?how="+how+"&token="+secret)
	}
	urls = append(urls, "http://127.0.0.1:1/a.m3u8?token="+secret, "http://user:"+secret+"@127.0.0.1:1/a.m3u8", "http://none.invalid/?token="+secret, "http://127.0.0.1:port"+secret+"/")
	for i, url := range urls {
		name := fmt.Sprint("fault", i)
		w.put(name+"/index.m3u8", multivariant(url, "v.m3u8"))
		w.put(name+"/v.m3u8", strings.ReplaceAll(w.vod(), "content1.ts", url))
		w.put(name+"/lines.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\nhttp://127.0.0.1/no-extinf.ts?token="+secret+"\n")
		w.answer(name, vast(
			inline("a", "video/mp4", url, url), inline("b", "application/x-mpegURL", url, url),
			"<Ad id=\"w\"><Wrapper><AdSystem>x</AdSystem><VASTAdTagURI><![CDATA["+url+"]]></VASTAdTagURI></Wrapper></Ad>", "<Error><![CDATA["+url+"]]></Error>"))
		for kind, change := range map[string]func(map[string]any){
			"content": func(m map[string]any) { m["VideoContentSourceUrl"] = w.base + "/" + name },
			"origin":  func(m map[string]any) { m["VideoContentSourceUrl"] = url },
			"ads":     func(m map[string]any) { m["AdDecisionServerUrl"] = url },
			"clips": func(m map[string]any) {
				m["SlateAdUrl"], m["Bumper"] = url, map[string]any{"StartUrl": url, "EndUrl": url}
				m["AdConditioningConfiguration"] = map[string]any{"StreamingMediaFileConditioning": "NONE"}
			},
		} {
			members := w.members("", name)
			change(members)
			if one := name + kind; p.configure(t, one, members) {
				p.play(t, one, "lines.m3u8")
				p.play(t, one, "index.m3u8?ads.token="+secret+"&consent="+secret+"&manifest.token="+secret)
			}
		}
	}
	p.idle(t)
	for _, target := range []string{"/v1/master/0/none/" + secret + ".m3u8", "/v1/manifest/0/x/y/0.m3u8?token=" + secret, "/v1/session/0/none/x.m3u8?token=" + secret} {
		do(t, http.MethodGet, "http://"+p.viewer+target, "", "Cookie", secret, "Authorization", secret, "X-Forwarded-For", secret)
	}
	if !strings.Contains(p.logged(), "creative not prepared") || !strings.Contains(p.logged(), "an ad server returned no ads") || !strings.Contains(p.logged(), "request failed") {
		t.Error("not everything has failed")
	}
}

// TestSecondProcess: it is refused, and touches nothing.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	p := serve(t)
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", p.dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("a second process ends with %v", err)
	}
	if !strings.Contains(said.String(), fmt.Sprintf("process %d", p.cmd.Process.Pid)) || !strings.Contains(said.String(), filepath.Join(p.dir, "lock")) {
		t.Errorf("it is told %s", &said)
	}
	if a := do(t, http.MethodGet, "http://"+p.viewer+"/readyz", ""); a.status != http.StatusOK {
		t.Errorf("the first one is %d %s", a.status, a.body)
	}
}

// TestRanges: the parts of a file that one request may name are few.
func TestRanges(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	w.answer("range", vast(inline("r", "video/mp4", w.base+"/creative.mp4", w.base+"/i")))
	p.configure(t, "range", w.members("", "range"))
	var url, text string
	eventually(t, "the creative is prepared", func() bool {
		url, text = p.play(t, "range", "index.m3u8")
		return strings.Contains(text, "/segment/")
	})
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "/segment/") {
			continue
		}
		segment := resolve(t, url, strings.TrimSpace(line))
		file := resolve(t, segment, do(t, http.MethodGet, segment, "").header.Get("Location"))
		whole := do(t, http.MethodGet, file, "")
		for ranges, status := range map[string]int{
			"bytes=0-99": http.StatusPartialContent,
			"bytes=" + strings.TrimSuffix(strings.Repeat("0-0,", 5000), ","): http.StatusOK,
			"bytes=" + strings.TrimSuffix(strings.Repeat("0-9,5-", 10), ","): http.StatusOK,
			"bytes=99999999-": http.StatusRequestedRangeNotSatisfiable,
		} {
			a := do(t, http.MethodGet, file, "", "Range", ranges)
			if a.status != status || len(a.body) > len(whole.body) {
				t.Errorf("Range %.40s: %d and %d bytes of %d, want %d", ranges, a.status, len(a.body), len(whole.body), status)
			}
		}
		return
	}
}
