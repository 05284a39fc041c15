// Package answers plans answers, after what they have to wait for.
package answers

import (
	"context"
	"errors"
	"time"

	"stitcher/internal/origin/ledger/entries"
	"stitcher/internal/pause"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/reference"
	"stitcher/internal/stitch/service/fault"
)

// Planner plans answers, after what they have to wait for.
type Planner struct {
	// Shared is set where other nodes work on the same store.
	Shared bool
	Now    func() time.Time
	// Fault logs an error, and is what the player of a session is told of it.
	Fault func(err error, x *playback.Session) error
}

// Plan plans an answer of a session, after what it has to wait for.
func (a *Planner) Plan(ctx context.Context, x *stitch.Playback, plan func(p stitch.Patience) error) error {
	p := stitch.Patience{Now: a.Now()}
	begun := p.Now
	deadline := begun.Add(Budget)
	replans := 0
	for {
		err := plan(p)
		if err == nil {
			return a.spread(ctx, begun)
		}
		p.Now = a.Now()
		p.Caught = errors.Is(err, stitch.ErrMoved)
		var wait *stitch.Wait
		switch {
		case errors.As(err, new(*placing.EmptyError)):
			return err
		case errors.As(err, &wait):
			patience := min(x.Rules.Budget, deadline.Sub(p.Now))
			if wait.Whole {
				patience = begun.Add(x.Rules.Whole).Sub(p.Now)
			}
			p.Waited = true
			p.Exhausted = !a.await(ctx, x, wait, patience)
		case errors.Is(err, stitch.ErrMoved):
			if replans++; replans > stitch.MaxReplans {
				return a.Fault(err, x.Session)
			}
		case errors.Is(err, outage.ErrUnsure):
			if !pause.For(ctx, placing.StepPause) {
				return ctx.Err()
			}
		case errors.Is(err, reference.ErrOutOfStep) && p.Now.Before(deadline):
			if !pause.For(ctx, placing.StepPause) {
				return ctx.Err()
			}
		case errors.Is(err, reference.ErrOutOfStep):
			return &fault.Error{Status: 503, Type: "LoadShed", Public: "the origin is restarting", Err: err}
		default:
			return a.Fault(err, x.Session)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.Now = a.Now()
	}
}

// spread delays an answer that took long, until the other nodes know what this one has
// published for it. A player may ask again half a target duration after it began to ask
// (RFC 8216bis §6.3.4): after such an answer at once, and another node.
func (a *Planner) spread(ctx context.Context, begun time.Time) error {
	if a.Shared && a.Now().Sub(begun) > slowAnswer && !pause.For(ctx, entries.FollowEvery) {
		return ctx.Err()
	}
	return nil
}

const (
	// Budget is how long an answer may wait for what it depends on.
	Budget = 2 * time.Second
	// slowAnswer is half of the shortest target duration, less the time within which nodes
	// read what others have published.
	slowAnswer = 500*time.Millisecond - entries.FollowEvery
	// viewsAge is how old the views of an answer may get while it waits for a store that
	// nodes share. Another node may have shown newer ones, and players ask every second.
	viewsAge = 300 * time.Millisecond
)

// Aged is whether the views of an answer are too old, and are to be taken again.
func (a *Planner) Aged(taken time.Time, p stitch.Patience) bool {
	return a.Shared && !p.Caught && a.Now().Sub(taken) > viewsAge
}

// await waits for a decision. It answers false where the request has waited as
// long as it may.
func (a *Planner) await(ctx context.Context, x *stitch.Playback, w *stitch.Wait, patience time.Duration) bool {
	if w.AtMost > 0 {
		patience = min(patience, w.AtMost)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	var look <-chan time.Time
	if w.Elsewhere() {
		t := time.NewTicker(lookEvery)
		defer t.Stop()
		look = t.C
	}
	for {
		select {
		case <-w.Done():
			return true
		case <-look:
			x.Look(ctx)
		case <-timer.C:
			return w.AtMost > 0
		case <-ctx.Done():
			return false
		}
	}
}

// lookEvery is how often a request looks for a decision that another node makes.
const lookEvery = 50 * time.Millisecond
