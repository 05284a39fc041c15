package download

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"stitcher/internal/egress"
)

const (
	// leastRate is the least rate of a download, in bytes a second. A creative of
	// 15 s at 1 Mbit/s takes a minute at it.
	leastRate = 32 << 10
	// paceWindow is over which the rate is measured, and the time that a server has
	// until the first byte.
	paceWindow = 10 * time.Second
)

// Paced ends downloads that are slower than leastRate: a server that drips would
// hold its place for as long as a download may last.
type Paced struct{ Client }

// DownloadIf implements Client.
func (p Paced) DownloadIf(ctx context.Context, url string, known egress.Validators, maxBytes int64, w io.Writer) (egress.Validators, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var got atomic.Int64
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		tick := time.NewTicker(paceWindow)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				if n := got.Swap(0); n < leastRate*int64(paceWindow/time.Second) {
					cancel(fmt.Errorf("the download came at %d bytes per second; the minimum is %d", n/int64(paceWindow/time.Second), leastRate))
					return
				}
			}
		}
	}()
	validators, err := p.Client.DownloadIf(ctx, url, known, maxBytes, countingWriter{w, &got})
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return validators, err
}

// countingWriter counts what is written.
type countingWriter struct {
	io.Writer
	n *atomic.Int64
}

// Write implements io.Writer.
func (c countingWriter) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n.Add(int64(n))
	return n, err
}
