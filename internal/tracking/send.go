package tracking

import (
	"context"
	"errors"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

const (
	// settleTimeout bounds the outbox's part of a round.
	settleTimeout = 5 * time.Second
	// giveUp is how long after the event a beacon is still worth sending
	// (MediaTailor's, reference §6.1).
	giveUp = time.Hour
	// storeDelay is how long a trigger rests after a fault of the store.
	storeDelay = 2 * time.Second
)

// send makes one round at a trigger and says what came of it.
func (t *Tracker) send(ctx context.Context, x store.Claim) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	ctx, span := t.opt.Tracer.Start(ctx, "beacons")
	span.Text("session.id", x.Session)
	span.Text("stitcher.avail", x.Avail.String())
	defer span.End("")
	ad, session, err := t.opt.Source.Ad(ctx, x.Session, x.Avail, x.Ad)
	if err != nil {
		t.unexpandable(ctx, x, err)
		return
	}
	known, err := t.opt.Outbox.Attempts(ctx, x.Trigger)
	if err != nil {
		if ctx.Err() == nil {
			t.opt.Log.Error("read outbox", "err", err)
		}
		t.settle(ctx, x, 0, nil, t.soon(ctx))
		return
	}
	r := newRound(t, x, ad, session, known)
	sent := r.run(ctx)
	t.settle(ctx, x, sent, r.tried, r.due, r.counts(sent)...)
	if len(r.calls) > 0 {
		t.opt.Journal.Keep(session, x.Avail, x.Ad, r.calls)
	}
}

// unexpandable puts a trigger off whose session or decision cannot be read, and
// gives it up in the end.
func (t *Tracker) unexpandable(ctx context.Context, x store.Claim, err error) {
	switch {
	case ctx.Err() != nil, errors.Is(err, store.ErrUnavailable) && !t.stale(x):
		t.settle(ctx, x, 0, nil, t.soon(ctx))
	case t.stale(x):
		for _, n := range x.Events.Names() {
			t.opt.Metrics.beacons.WithLabelValues(n, string(gaveUp)).Inc()
		}
		t.opt.Log.Error("a trigger is dropped and its beacons are not sent", "session", x.Session, "avail", x.Avail.String(), "err", err)
		t.settle(ctx, x, x.Events, nil, 0)
	default:
		t.opt.Log.Warn("the beacons of a trigger cannot be made", "session", x.Session, "avail", x.Avail.String(), "err", err)
		t.settle(ctx, x, 0, nil, t.opt.Now().Add(lastDelay).UnixMicro())
	}
}

// soon is when to try again after a fault that is not a tracking host's: at
// once where we are stopping, so that a flush or the next process does.
func (t *Tracker) soon(ctx context.Context) int64 {
	now := t.opt.Now()
	if ctx.Err() != nil {
		return now.UnixMicro()
	}
	return now.Add(storeDelay).UnixMicro()
}

// stale is whether a trigger is too old to be worth another call.
func (t *Tracker) stale(x store.Claim) bool {
	return t.opt.Now().UnixMicro()-x.At >= giveUp.Microseconds()
}

// settle records a round even where the sender is about to stop: what was
// delivered must not be sent again.
func (t *Tracker) settle(ctx context.Context, x store.Claim, sent avail.Events, tried []store.Attempt, due int64, adds ...store.EventAdd) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if due > 0 && due-t.opt.Now().UnixMicro() < (restful*look).Microseconds() {
		t.dueUntil.Store(max(due, t.dueUntil.Load())) // one that is lost waits for a rest
	}
	if err := t.opt.Outbox.Settle(ctx, x, sent, tried, due, adds...); err != nil {
		t.opt.Log.Error("store the outcome of a trigger", "session", x.Session, "avail", x.Avail.String(), "err", err)
	}
}
