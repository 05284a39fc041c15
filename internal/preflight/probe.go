// Package preflight tries what the settings of a service name, before viewers do.
package preflight

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// Probe tries one thing.
type Probe struct {
	// Name says what is tried, such as "store" or "origin of channel-1".
	Name string
	// Try returns a detail to show, or what is wrong.
	Try func(ctx context.Context) (detail string, err error)
}

const (
	// probeTimeout bounds one probe.
	probeTimeout = 10 * time.Second
	// atOnce is how many probes run together.
	atOnce = 16
)

// Run tries everything and writes a line for each probe, in their order:
//
//	ok    store: sqlite in ./data
//	FAIL  origin of channel-1: the address is not public: 10.1.2.3
//
// It returns how many failed.
func Run(ctx context.Context, w io.Writer, probes []Probe) (failed int, err error) {
	type result struct {
		detail string
		err    error
	}
	results := make([]result, len(probes))
	slots := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for i, p := range probes {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, probeTimeout)
			defer cancel()
			results[i].detail, results[i].err = p.Try(ctx)
		})
	}
	wait.Wait()
	for i, r := range results {
		verdict, text := "ok  ", r.detail
		if r.err != nil {
			failed++
			verdict, text = "FAIL", r.err.Error()
		}
		if _, err := fmt.Fprintf(w, "%s  %s: %s\n", verdict, probes[i].Name, text); err != nil {
			return failed, err
		}
	}
	return failed, nil
}
