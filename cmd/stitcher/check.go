package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os/exec"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/cmd/stitcher/datadir"
	"stitcher/cmd/stitcher/stores"
	"stitcher/internal/control"
	"stitcher/internal/egress"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/preflight"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/server"
	"stitcher/internal/store/sqlite"
	"stitcher/internal/transcodecache/encode"
)

// checkCommand is `stitcher check`: it tries what the settings of serve name and writes a
// line for each thing.
func checkCommand(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var set settings
	if err := set.parse("check", args, getenv, stderr, nil); err != nil {
		return usageStatus(err)
	}
	failed, err := check(ctx, &set, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 1
	}
	if failed > 0 {
		return 1
	}
	return 0
}

// check tries the settings. It asks a service that runs on the data directory; otherwise it
// opens the store. It changes nothing: it makes no file, and no schema newer.
func check(ctx context.Context, set *settings, w io.Writer) (failed int, err error) {
	probes := []preflight.Probe{
		{Name: "ffmpeg", Try: func(ctx context.Context) (string, error) { return tools(ctx, set.transcodeWorkers) }},
		{Name: "data directory", Try: func(context.Context) (string, error) { return datadir.Look(set.dataDir) }},
	}
	by, err := datadir.User(set.dataDir)
	if err != nil {
		return 0, err
	}
	if by != "" {
		asked, list, err := askRunning(ctx, set)
		if err != nil {
			return 0, fmt.Errorf("%s uses the data directory %s, and cannot be asked: %w", by, set.dataDir, err)
		}
		return preflight.Run(ctx, w, append(append(probes, asked...), hosts(set, list)...))
	}
	probes = append(probes, preflight.Probe{Name: "renditions", Try: func(ctx context.Context) (string, error) {
		blobs, closer, err := stores.OpenRenditions(ctx, set.renditions, set.store)
		if err != nil {
			return "", err
		}
		if blobs == nil {
			return "in the data directory", closer.Close()
		}
		return "the store answers", closer.Close()
	}})
	st, unopened, storeErr := openForCheck(set)
	probes = append(probes, preflight.Probe{Name: "store", Try: func(ctx context.Context) (string, error) {
		if st == nil {
			return unopened, storeErr
		}
		return "it answers", st.Ping(ctx)
	}})
	if st == nil {
		return preflight.Run(ctx, w, probes)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	naming := awsapi.Naming{Account: set.accountID, Region: set.region, PublicURL: set.publicURL}
	configurations, listErr := config.New(ctx, st, naming)
	if listErr != nil {
		probes = append(probes, preflight.Probe{Name: "configurations", Try: func(context.Context) (string, error) { return "", listErr }})
		return preflight.Run(ctx, w, probes)
	}
	return preflight.Run(ctx, w, append(probes, hosts(set, all(configurations))...))
}

// openForCheck opens the store that has the configurations. It returns none, and why, where
// opening would change the embedded one.
func openForCheck(set *settings) (st stores.Backend, unopened string, err error) {
	log, reg := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	if set.store != stores.Embedded {
		shared, err := redis.Open(set.store, redis.Options{Retention: time.Duration(set.retention), Metrics: server.NewMetrics(reg), Log: log})
		if err != nil {
			return nil, "", err
		}
		return shared, "", nil
	}
	version, current, err := sqlite.Schema(set.dataDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "serve makes it", nil
	}
	if err != nil {
		return nil, "", err
	}
	if version < current {
		return nil, fmt.Sprintf("not opened, because serve would migrate its schema from %d to %d; configurations were not looked at", version, current), nil
	}
	if err := datadir.Owned(set.dataDir); err != nil {
		return nil, "", err
	}
	local, err := sqlite.Open(set.dataDir, sqlite.Options{Retention: time.Duration(set.retention), MaxBytes: int64(set.storeMax), Metrics: sqlite.NewMetrics(reg), Log: log})
	if err != nil {
		return nil, "", err
	}
	return local, "", nil
}

// all are the configurations of a store.
func all(s *config.Configurations) (list []*config.Configuration) {
	for token := ""; ; {
		page, err := s.List(token, 100)
		if err != nil {
			return list // the token is the store's own
		}
		list = append(list, page.Items...)
		if token = page.NextToken; token == "" {
			return list
		}
	}
}

// hosts are the probes of the servers that configurations name, by the rules of the
// service.
func hosts(set *settings, list []*config.Configuration) []preflight.Probe {
	probes := preflight.Hosts(egress.New(egress.Options{Allow: set.egressAllow, UserAgent: "stitcher/" + version}), list)
	count := fmt.Sprintf("%d", len(list))
	return append([]preflight.Probe{{Name: "configurations", Try: func(context.Context) (string, error) { return count, nil }}}, probes...)
}

// tools tries ffmpeg and names an encoder that every profile may need.
func tools(ctx context.Context, workers int) (string, error) {
	if _, err := exec.LookPath("ffprobe"); err != nil {
		return "", errors.New("ffprobe is not in PATH, so no ad can be prepared")
	}
	if workers == 0 {
		return "ffprobe is there; transcodes are left to other nodes", nil
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return "", errors.New("ffmpeg is not in PATH, so no ad can be prepared")
	}
	names, err := new(encode.Encoders).List(ctx)
	if err != nil {
		return "", err
	}
	for _, needed := range []string{"libx264", "aac"} {
		if !names[needed] {
			return "", fmt.Errorf("this machine's ffmpeg has no encoder %s", needed)
		}
	}
	if !names["libx265"] {
		return "content in H.265 has no ads, because this machine's ffmpeg has no encoder libx265", nil
	}
	return "it has the encoders for H.264, H.265 and AAC", nil
}

// askRunning asks the service that uses the data directory.
func askRunning(ctx context.Context, set *settings) ([]preflight.Probe, []*config.Configuration, error) {
	client, err := control.New(control.Options{URL: "http://" + dialable(set.adminListen), AccessKey: set.accessKey, SecretKey: set.secretKey, Region: set.region})
	if err != nil {
		return nil, nil, err
	}
	reasons, err := client.Ready(ctx)
	if err != nil {
		return nil, nil, err
	}
	probes := []preflight.Probe{{Name: "service", Try: func(context.Context) (string, error) {
		return "it runs on this data directory and was asked", nil
	}}}
	for _, r := range reasons {
		probes = append(probes, preflight.Probe{Name: r.Name, Try: func(context.Context) (string, error) { return "", errors.New(r.Error) }})
	}
	bodies, err := client.Configurations(ctx)
	if err != nil {
		return nil, nil, err
	}
	var list []*config.Configuration
	for _, body := range bodies {
		c, err := config.Parse(body)
		if err != nil {
			return nil, nil, fmt.Errorf("read a configuration of the service: %w", err)
		}
		list = append(list, c)
	}
	return probes, list, nil
}

// dialable is an address to listen on as one to connect to: no host is this one.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
