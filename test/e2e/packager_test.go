//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"stitcher/internal/lint"
	"stitcher/internal/lint/findings"
)

// packagedCue is a splice_insert of 16 seconds.
const packagedCue = `<EventStream schemeIdUri="urn:scte:scte35:2013:xml" timescale="1"><Event presentationTime="8" duration="16" id="1"><scte35:SpliceInfoSection xmlns:scte35="http://www.scte.org/schemas/35/2016" protocolVersion="0" tier="4095"><scte35:SpliceInsert spliceEventId="1" spliceEventCancelIndicator="false" outOfNetworkIndicator="true" spliceImmediateFlag="true" uniqueProgramId="1" availNum="0" availsExpected="0"><scte35:BreakDuration autoReturn="true" duration="1440000"/></scte35:SpliceInsert></scte35:SpliceInfoSection></Event></EventStream>`

// TestPackager puts the service before the files of shaka-packager, with an avail in them:
// a strict client that reads every segment meets no broken rule that it does not meet in
// the origin's own MPD.
func TestPackager(t *testing.T) {
	t.Parallel()
	p := startDemo(t, onDemand)
	for name, template := range map[string]string{"number": "$Number$", "time": "$Time$"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := packaged(t, template)
			p.configure(t, map[string]any{
				"Name": "packager-" + name, "VideoContentSourceUrl": origin,
				"AdDecisionServerUrl": p.demo + "/ads?duration=[session.avail_duration_secs]&session=[session.uuid]",
				"DashConfiguration":   map[string]string{"OriginManifestType": "SINGLE_PERIOD"},
			})
			address := p.viewer + "/v1/dash/" + strings.Repeat("0", 40) + "/packager-" + name + "/film.mpd"
			within(t, 2*patience, "the ads are prepared", func() error {
				_, body, err := open(t.Context(), address)
				if n := bytes.Count(body, []byte("<Period ")); err == nil && n < 3 {
					err = fmt.Errorf("%d Periods", n)
				}
				return err
			})
			check := func(url string) findings.Report {
				r, err := lint.Run(t.Context(), lint.Options{URL: url, For: time.Minute}, t.Output())
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			theirs := map[string]bool{}
			for _, f := range check(origin + "/film.mpd").Findings {
				theirs[f.Rule] = true
			}
			ours := check(address)
			for _, f := range ours.Findings {
				if !theirs[f.Rule] {
					t.Error(f)
				}
			}
			if ours.Fetched == 0 {
				t.Error("no segment was read")
			}
		})
	}
}

// packaged serves a film of 40 seconds as shaka-packager makes it, as SegmentTemplates of
// a name, with an avail after eight.
func packaged(t *testing.T, name string) string {
	t.Helper()
	machine := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if machine == "" {
		machine = runtime.GOARCH
	}
	program, err := filepath.Abs(filepath.Join("node_modules", "shaka-packager", "bin", "packager-linux-"+machine))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "source.mp4")
	run := func(args ...string) {
		cmd := command(t, args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=40", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=40",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-bf", "0", "-c:a", "aac", "-ac", "2", source)
	stream := func(kind string) string {
		return "in=" + source + ",stream=" + kind + ",init_segment=" + kind + "/init.mp4,segment_template=" + kind + "/" + name + ".m4s"
	}
	if err := os.Chmod(program, 0o755); err != nil { // npm does not run the script that does it
		t.Fatal(err)
	}
	run(program, stream("video"), stream("audio"), "--segment_duration", "2", "--generate_static_live_mpd", "--mpd_output", "film.mpd")
	mpd, err := os.ReadFile(filepath.Join(dir, "film.mpd"))
	if err != nil {
		t.Fatal(err)
	}
	before, after, ok := bytes.Cut(mpd, []byte("<AdaptationSet"))
	if !ok {
		t.Fatalf("no AdaptationSet in %s", mpd)
	}
	mpd = bytes.Join([][]byte{before, []byte(packagedCue), []byte("<AdaptationSet"), after}, nil)
	files := http.FileServer(http.Dir(dir))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.URL.Path == "/film.mpd" {
			w.Header().Set("Content-Type", "application/dash+xml")
			_, _ = w.Write(mpd)
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
