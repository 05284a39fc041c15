package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/demo"
	"stitcher/internal/egress"
	"stitcher/internal/httpapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/vast"
	"stitcher/internal/vast/document"
)

// demoCommand is `stitcher demo`: the service, and around it an origin, an ad
// server and a page to watch it on, all on loopback.
func demoCommand(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var set settings
	var demoListen string
	var availEvery time.Duration
	err := set.parse("demo", args, getenv, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&demoListen, "demo-listen", "127.0.0.1:8082", "address of the demo's origin, ad server and page")
		fs.DurationVar(&availEvery, "avail-every", 90*time.Second, "interval of the live channel's avails; with 0 only the button on the page and POST /avail start one")
		defaults(fs, map[string]string{"listen": "127.0.0.1:8080", "log-format": "text", "log-level": "warn", "drain": "0s"})
	})
	if err != nil {
		return usageStatus(err)
	}
	set.egressAllow = append(set.egressAllow, loopbackPrefixes()...)
	if err := runDemo(ctx, set, demoListen, availEvery, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 1
	}
	return 0
}

// defaults changes what flags are without being given.
func defaults(fs *flag.FlagSet, values map[string]string) {
	for name, v := range values {
		f := fs.Lookup(name)
		if err := f.Value.Set(v); err != nil {
			panic("default of --" + name + ": " + err.Error())
		}
		f.DefValue = v
	}
}

func runDemo(ctx context.Context, set settings, demoListen string, availEvery time.Duration, stdout, stderr io.Writer) error {
	log := logger(stderr, set)
	var a *app
	var base string
	d, err := demo.New(demo.Options{DataDir: set.dataDir, Log: log, AvailEvery: availEvery, Warm: func(ctx context.Context) error {
		fmt.Fprintln(stdout, "Preparing the ads for the live channel; once, too.")
		return warmDemo(ctx, a, base, demo.LivePath)
	}})
	if err != nil {
		return err
	}
	defer d.Close()
	l, err := listen(ctx, demoListen, "", "")
	if err != nil {
		return err
	}
	server := httpapi.NewServer(demoListen, d.Handler(), nil, log)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the demo's server ended", "err", err)
		}
	}()
	defer server.Close()
	base = "http://" + l.Addr().String()
	if a, err = newApp(context.WithoutCancel(ctx), set, log); err != nil {
		return err
	}
	if err := configureDemo(ctx, a.configurations, base); err != nil {
		return errors.Join(err, a.close())
	}
	fmt.Fprintln(stdout, "Making the demo's media with ffmpeg; the first time takes a moment.")
	if err := d.Prepare(ctx); err != nil {
		return errors.Join(err, a.close())
	}
	return a.run(ctx, func(public, private net.Addr) {
		viewer := "http://" + reachable(public)
		streams := demoStreams(viewer, a.hash)
		d.Show(streams...)
		go func() { // no request waits for the streams that are not the first
			for _, path := range []string{demo.LiveCMAFPath, demo.LiveMPDPath} {
				if err := warmDemo(ctx, a, base, path); err != nil && ctx.Err() == nil {
					log.Warn("the ads for a stream are not prepared", "stream", path, "err", err)
				}
			}
		}()
		printDemo(stdout, base, "http://"+private.String(), availEvery, streams)
	})
}

// warmDemo has the ad server's creatives prepared for an asset.
func warmDemo(ctx context.Context, a *app, base, asset string) error {
	var creatives []avail.Creative
	for _, query := range []string{"?duration=600", "?duration=600&segment=sports"} {
		url := base + demo.ADSPath + query
		body, at, err := documents{a.out}.Fetch(ctx, url)
		if err != nil {
			return fmt.Errorf("ask the ad server: %w", err)
		}
		doc, err := document.Parse(body, at)
		if err != nil {
			return fmt.Errorf("the ad server's answer: %w", err)
		}
		unwrapper := vast.Unwrapper{Fetcher: documents{a.out}}
		for _, ad := range unwrapper.Unwrap(ctx, doc).Ads {
			creatives = append(creatives, ad.Creative())
		}
	}
	return a.service.Warm(ctx, "demo", strings.TrimPrefix(asset, "/"), creatives)
}

// documents fetches VAST documents.
type documents struct{ out *egress.Client }

func (d documents) Fetch(ctx context.Context, url string) (body []byte, at string, err error) {
	answer, err := d.out.Do(ctx, egress.Request{URL: url, MaxBytes: 1 << 20, Timeout: 5 * time.Second})
	if err != nil {
		return nil, "", err
	}
	return answer.Body, url, nil
}

// configureDemo makes the playback configuration that the demo's streams use.
func configureDemo(ctx context.Context, c *config.Configurations, base string) error {
	body, err := json.Marshal(map[string]any{
		"Name": "demo", "VideoContentSourceUrl": base, "AdDecisionServerUrl": demo.ADSTemplate(base),
		"DashConfiguration": map[string]any{"OriginManifestType": "SINGLE_PERIOD"},
	})
	if err != nil {
		return fmt.Errorf("encode the demo's configuration: %w", err)
	}
	p, err := config.Parse(body)
	if err != nil {
		return fmt.Errorf("the demo's configuration: %w", err)
	}
	_, err = c.Put(ctx, p)
	return err
}

func demoStreams(viewer, hash string) []demo.Stream {
	at := func(path string) string { return viewer + "/v1/master/" + hash + "/demo" + path }
	mpd := func(path string) string { return viewer + "/v1/dash/" + hash + "/demo" + path }
	return []demo.Stream{
		{Title: "Live channel, MPEG-TS", URL: at(demo.LivePath) + "?ads.segment=sports"},
		{Title: "Live channel, CMAF with separate audio", URL: at(demo.LiveCMAFPath)},
		{Title: "Live channel, DASH", URL: mpd(demo.LiveMPDPath)},
		{Title: "Film, MPEG-TS", URL: at(demo.VODPath)},
		{Title: "Film, CMAF with separate audio", URL: at(demo.VODCMAFPath)},
		{Title: "Film, DASH", URL: mpd(demo.FilmMPDPath)},
	}
}

// reachable is an address that a browser on this machine can use.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

func printDemo(w io.Writer, base, admin string, availEvery time.Duration, streams []demo.Stream) {
	fmt.Fprintf(w, "\nWatch it:        %s/\nAd server's log: %s/log\nControl API:     %s\n\nStreams for any player:\n", base, base, admin)
	for _, s := range streams {
		fmt.Fprintf(w, "  %-40s %s\n", s.Title, s.URL)
	}
	first := "The first avail comes within half a minute."
	if availEvery == 0 {
		first = "An avail comes when you ask for it."
	}
	fmt.Fprintf(w, "\n%s Ctrl-C ends it.\n", first)
}
