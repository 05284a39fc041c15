package tracking

import (
	"context"
	"sync"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// errorBeacon is an error to be told.
type errorBeacon struct {
	avail.AdError
	session *playback.Session
}

const (
	// maxErrors bounds the error beacons that wait: an ad server whose ads are
	// all bad makes one or more for each avail of each session.
	maxErrors = 1024
	// errorSenders is how many are sent at once.
	errorSenders = 16
)

// Report calls Error URLs with an error code, once, as well as can be. It
// never waits: when too many are queued it drops them.
func (t *Tracker) Report(_ context.Context, e avail.AdError, session *playback.Session) {
	if len(e.URLs) == 0 {
		return
	}
	select {
	case t.errors <- errorBeacon{e, session}:
	default:
		t.opt.Metrics.beacons.WithLabelValues("error", string(dropped)).Add(float64(len(e.URLs)))
	}
}

// runErrors calls Error URLs until ctx ends.
func (t *Tracker) runErrors(ctx context.Context) {
	var wg sync.WaitGroup
	for range errorSenders {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case e := <-t.errors:
					t.tell(ctx, e)
				}
			}
		})
	}
	wg.Wait()
}

// flushErrors calls the Error URLs that wait.
func (t *Tracker) flushErrors(ctx context.Context, wg *sync.WaitGroup) {
	for range errorSenders {
		wg.Go(func() {
			for ctx.Err() == nil {
				select {
				case e := <-t.errors:
					t.tell(ctx, e)
				default:
					return
				}
			}
		})
	}
}

// tell calls the URLs of one error. One that cannot be delivered is dropped:
// unlike a view, it is not paid for.
func (t *Tracker) tell(ctx context.Context, e errorBeacon) {
	for _, u := range e.URLs {
		o := dropped
		if leave, _ := t.hosts.enter(ctx, hostOf(u), false); leave != nil {
			o = t.request(ctx, t.opt.Macros.Error(u, &e.AdError, e.session), e.session).outcome
			if o == retried && ctx.Err() != nil {
				leave(untold)
			} else {
				leave(o.verdict())
			}
		}
		if o == retried {
			o = dropped
		}
		t.opt.Metrics.beacons.WithLabelValues("error", string(o)).Inc()
	}
}
