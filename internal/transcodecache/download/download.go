// Package download fetches the files of creatives, bounded in size and in time.
package download

import (
	"context"
	"errors"
	"io"

	"stitcher/internal/egress"
)

// Client downloads creatives. It fails when the body is longer than maxBytes, and with
// egress.ErrNotModified when the body is the one that has the known validators. Zero
// validators are no condition.
type Client interface {
	DownloadIf(ctx context.Context, url string, known egress.Validators, maxBytes int64, w io.Writer) (egress.Validators, error)
}

// ErrTooLarge is what a download longer than the limit fails with.
var ErrTooLarge = errors.New("the file is larger than the limit")

// Capped is a writer to W that fails past Left bytes, whatever the Client thinks. Left
// becomes what is left of them.
type Capped struct {
	W    io.Writer
	Left int64
}

// Write implements io.Writer.
func (w *Capped) Write(p []byte) (int, error) {
	if w.Left -= int64(len(p)); w.Left < 0 {
		return 0, ErrTooLarge
	}
	return w.W.Write(p)
}
