package transcodecache

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/store/memory"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/profile"
)

// victim, set in the environment, makes the test binary a process that
// transcodes a long creative in the named directory until it is killed.
const victim = "TRANSCODECACHE_VICTIM"

// large is a profile that takes seconds to encode.
func large() profile.Profile {
	p := small()
	p.Renditions[0].Video.Width, p.Renditions[0].Video.Height = 1920, 1080
	p.Renditions[0].Video.Level, p.Renditions[0].Video.Bitrate = 40, 4_000_000
	return p
}

func runVictim(out io.Writer, dir, path string) error {
	ctx := context.Background()
	c, err := New(ctx, Options{
		Dir: dir, Index: newMemory(), Leases: memory.NewLeases(time.Now), Fetcher: &files{}, Workers: 1,
		Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	if err := c.AddProfile(ctx, large()); err != nil {
		return err
	}
	c.Lookup(ctx, large().ID(), avail.Creative{Key: path, URL: path})
	fmt.Fprintln(out, "started")
	c.Run(ctx)
	return nil
}

// encoding waits until ffmpeg has written the first segment of a job below dir.
func encoding(t *testing.T, dir string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if names, _ := filepath.Glob(filepath.Join(dir, "tmp", "job-*", encode.OutDir, "v0-*.ts")); len(names) > 0 {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("no job began to encode")
		case <-tick.C:
		}
	}
}

// workingIn lists the processes whose working directory lies below dir.
func workingIn(dir string) []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, dir) {
			found = append(found, link)
		}
	}
	return found
}

func noneLeft(t *testing.T, dir string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); len(workingIn(dir)) > 0; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("processes still work in the cache: %v", workingIn(dir))
		}
	}
	if ids, _ := filepath.Glob(filepath.Join(dir, "assets", "*", "*")); len(ids) > 0 {
		t.Errorf("half an asset: %v", ids)
	}
}

func TestStopDuringAJob(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := New(t.Context(), Options{
		Dir: dir, Index: newMemory(), Leases: memory.NewLeases(time.Now), Fetcher: &files{}, Workers: 1,
		Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddProfile(t.Context(), large()); err != nil {
		t.Fatal(err)
	}
	path := mediatest.Creative(t, "30", "320x180", "0.5")
	look := func() avail.Reason {
		_, reason := c.Lookup(t.Context(), large().ID(), avail.Creative{Key: path, URL: path})
		return reason
	}
	look()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	encoding(t, dir)
	stop()
	<-done
	noneLeft(t, dir)
	if left, err := os.ReadDir(workDir(c)); err != nil || len(left) > 0 {
		t.Errorf("the job left %v %v", left, err)
	}
	// The job goes on waiting, for this process or another.
	if reason := look(); reason != avail.CreativeTranscoding {
		t.Errorf("an interrupted job counts as %s", reason)
	}
	r, _, err := c.jobs.Read(t.Context(), onlyJob(t, c))
	if err != nil || !r.Waits() || r.Starts != 0 {
		t.Errorf("an interrupted job is %+v, %v", r, err)
	}
}

// onlyJob is the entry of the only job that the index has.
func onlyJob(t *testing.T, c *Cache) string {
	t.Helper()
	all, err := c.jobs.List(t.Context(), "", 2)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d jobs, %v", len(all), err)
	}
	return all[0].ID
}

func TestKilledDuringAJob(t *testing.T) {
	t.Parallel()
	dir, path := t.TempDir(), mediatest.Creative(t, "30", "320x180", "0.5")
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victim+"="+dir+"\n"+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
		t.Fatalf("the process said %q, %v", line, err)
	}
	encoding(t, dir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	noneLeft(t, dir)
	c := testCache(t, func(o *Options) { o.Dir = dir })
	if left, err := os.ReadDir(workDir(c)); err != nil || len(left) > 0 {
		t.Errorf("after a restart there is %v %v", left, err)
	}
	prepared(t, c, small(), path)
}

func TestJobTimeout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := testCache(t, func(o *Options) { o.Dir, o.JobTimeout = dir, time.Second })
	if err := c.AddProfile(t.Context(), large()); err != nil {
		t.Fatal(err)
	}
	path := mediatest.Creative(t, "30", "320x180", "0.5")
	_, reason := settled(t, c, large().ID(), path)
	if message := lastError(c)[path]; reason != avail.TranscodeFailed || !strings.Contains(message, "longer than 1s") {
		t.Errorf("%s: %s", reason, message)
	}
	noneLeft(t, dir)
}
