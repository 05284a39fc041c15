package download

import (
	"context"
	"io"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/egress"
)

// trickle is a server that sends some bytes a second, for ever.
type trickle int

func (n trickle) DownloadIf(ctx context.Context, _ string, _ egress.Validators, most int64, w io.Writer) (egress.Validators, error) {
	for most > 0 {
		select {
		case <-ctx.Done():
			return egress.Validators{}, ctx.Err()
		case <-time.After(time.Second):
		}
		size := min(int64(n), most)
		if _, err := w.Write(make([]byte, size)); err != nil {
			return egress.Validators{}, err
		}
		most -= size
	}
	return egress.Validators{}, nil
}

// TestSlowDownloadsEnd: a host that dripped had its place for two minutes.
func TestSlowDownloadsEnd(t *testing.T) {
	for _, c := range []struct {
		rate trickle
		// lasts is after how many seconds it ends.
		lasts int
		slow  bool
	}{
		{0, 10, true},
		{1000, 10, true},
		{leastRate - 1000, 10, true},
		{leastRate + 5000, 80, false},
		{1 << 20, 3, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			most := int64(c.rate) * int64(c.lasts)
			if c.slow {
				most = math.MaxInt64
			}
			_, err := Paced{c.rate}.DownloadIf(t.Context(), "u", egress.Validators{}, most, io.Discard)
			if slow := err != nil && strings.Contains(err.Error(), "bytes per second"); slow != c.slow || !slow && err != nil {
				t.Errorf("%d bytes a second: %v", c.rate, err)
			}
			if took := time.Since(begun); took != time.Duration(c.lasts)*time.Second {
				t.Errorf("%d bytes a second: it ends after %s, want %d s", c.rate, took, c.lasts)
			}
		})
	}
}
