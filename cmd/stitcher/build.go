package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
)

// version is set by the linker in releases.
var version = "dev"

// commit is the revision that the program was built from.
func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}

func printVersion(w io.Writer) {
	fmt.Fprintf(w, "stitcher %s commit %s %s %s/%s\n", version, commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// buildInfo is the metric that tells which build runs. Its value is 1.
func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "stitcher_build_info", Help: "The version, commit and Go version of the program; always 1.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit(), "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}
