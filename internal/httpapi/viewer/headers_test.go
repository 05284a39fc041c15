package viewer

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"stitcher/internal/stitch/service/fault"
)

// TestHeaderGolden holds status, headers and body of every route, for every
// kind of answer it has, against testdata/headers.txtar. Each request is a
// file there; the lines of its name are method, path, and "!status" when the
// service fails with that status.
func TestHeaderGolden(t *testing.T) {
	const golden = "testdata/headers.txtar"
	master := "/v1/master/" + ownHash + "/news/live/index.m3u8"
	session := "/v1/session/" + ownHash + "/news/live/index.m3u8"
	below := ownHash + "/news/" + someSession
	requests := []string{
		"GET " + master, "HEAD " + master, "OPTIONS " + master, "POST " + master, "GET " + master + " !404", "GET " + master + " !429", "GET " + master + " !504", "GET " + master + " !500",
		"GET " + master + "?aws.sessionId=" + someSession, "HEAD " + master + "?aws.sessionId=" + someSession, "HEAD " + master + "?aws.sessionId=" + someSession + " !404",
		"GET " + session, "POST " + session, "HEAD " + session, "OPTIONS " + session, "PUT " + session, "POST " + session + " !400",
		"GET /v1/manifest/" + below + "/0.m3u8", "HEAD /v1/manifest/" + below + "/0.m3u8", "OPTIONS /v1/manifest/" + below + "/0.m3u8",
		"POST /v1/manifest/" + below + "/0.m3u8", "GET /v1/manifest/" + below + "/0.m3u8 !404", "HEAD /v1/manifest/" + below + "/0.m3u8 !502", "GET /v1/manifest/" + below + "/00.m3u8",
		"GET /v1/segment/" + below + "/0/17.ts", "HEAD /v1/segment/" + below + "/0/17.ts", "OPTIONS /v1/segment/" + below + "/0/17.ts", "DELETE /v1/segment/" + below + "/0/17.ts",
		"GET /v1/segment/" + below + "/0/17.ts !404", "GET /v1/segment/" + below + "/0/17.exe",
		"GET /tm/" + ownHash + "/a1b2c3/v0_00001.ts", "HEAD /tm/" + ownHash + "/a1b2c3/v0_00001.m4s", "OPTIONS /tm/" + ownHash + "/a1b2c3/v0_00001.ts",
		"GET /tm/" + ownHash + "/a1b2c3/gone.ts", "PATCH /tm/" + ownHash + "/a1b2c3/v0_00001.ts",
		"GET /healthz", "HEAD /healthz", "OPTIONS /healthz", "GET /readyz",
		"GET /", "GET /v1/nothing", "HEAD /v1/nothing", "OPTIONS /v1/nothing", "DELETE /v1/nothing", "BREW /v1/nothing",
	}
	got := &txtar.Archive{}
	for _, request := range requests {
		method, path, _ := strings.Cut(request, " ")
		path, failure, _ := strings.Cut(path, " !")
		fake := newFakeService()
		switch failure {
		case "":
		case "500":
			fake.err = errors.New("dial 10.1.2.3: secret")
		default:
			var status int
			if _, err := fmt.Sscan(failure, &status); err != nil {
				t.Fatal(err)
			}
			failed := &fault.Error{Status: status, Type: "SomeException", Public: "so it is", Err: errors.New("dial 10.1.2.3: secret")}
			if status == http.StatusTooManyRequests {
				failed.RetryAfter = 1500 * time.Millisecond
			}
			fake.err = failed
		}
		w := do(t, newPlane(t, fake, nil), method, path, "")
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: the answer tells the cause", request)
		}
		if method == "HEAD" && w.Body.Len() > 0 {
			t.Errorf("%s: the answer has a body", request)
		}
		got.Files = append(got.Files, txtar.File{Name: request, Data: dump(w)})
	}
	if *update {
		got.Comment = []byte("B-65: personalised answers are never cached, ad media always; CORS is on everything,\n" +
			"errors, HEAD and OPTIONS included; Vary is minimal. Every route and every kind of answer.\n\n")
		if err := os.WriteFile(golden, txtar.Format(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Files) != len(got.Files) {
		t.Fatalf("the golden has %d requests, want %d; run with -update", len(want.Files), len(got.Files))
	}
	for i, f := range got.Files {
		if f.Name != want.Files[i].Name || !bytes.Equal(f.Data, want.Files[i].Data) {
			t.Errorf("%s\ngot:\n%s\nwant (%s):\n%s", f.Name, f.Data, want.Files[i].Name, want.Files[i].Data)
		}
	}
}

// dump is an answer with its headers in order; media bytes are shown by length.
func dump(w *httptest.ResponseRecorder) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d\n", w.Code)
	var lines []string
	for name, values := range w.Header() {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	for _, line := range lines {
		fmt.Fprintln(&b, line)
	}
	if body := w.Body.String(); len(body) >= 1000 {
		fmt.Fprintf(&b, "\n(%d bytes)\n", len(body))
	} else if body != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSuffix(body, "\n"))
	}
	return b.Bytes()
}
