package contents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/transcodecache/profile"
)

// first finds out what a layout's content is like.
func (p *Profiler) first(e *profiled) {
	ctx, cancel := context.WithTimeout(p.context, 2*sampleTimeout)
	defer cancel()
	stored, err := p.stored(ctx, e.layout)
	if err == nil && len(stored) > 0 {
		err = p.use.AddProfile(ctx, stored[len(stored)-1].Profile)
		p.learn(e, stored)
	}
	if len(stored) > 0 || err != nil {
		p.settle(e, err)
		close(e.read)
		return
	}
	close(e.read)
	p.settle(e, p.look(ctx, e))
}

// again looks at content whose profile is known.
func (p *Profiler) again(e *profiled) {
	ctx, cancel := context.WithTimeout(p.context, 2*sampleTimeout)
	defer cancel()
	err := p.look(ctx, e)
	if err != nil {
		p.log.Debug("the content could not be sampled again", "layout", e.layout.ID, "err", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e.busy, e.due = false, p.now().Add(e.interval())
}

// interval is how long a profile is not looked at again.
func (e *profiled) interval() time.Duration {
	if n := len(e.all); n > 0 && len(e.all[n-1].Unseen) > 0 {
		return unseenRetry
	}
	return profileCheck
}

// settle makes the first outcome known and has the creatives that waited for it
// prepared.
func (p *Profiler) settle(e *profiled, err error) {
	p.mu.Lock()
	e.busy = false
	var wanted []avail.Creative
	switch {
	case err == nil:
		e.due = p.now().Add(e.interval())
		wanted, e.wanted = e.wanted, nil
	case errors.Is(err, profile.ErrUnsupported):
		e.err, e.due = err, p.now().Add(profileCheck)
	default:
		e.err, e.due = err, p.now().Add(profileRetry)
	}
	id, layout := e.newest(), e.layout.ID
	p.mu.Unlock()
	if err != nil {
		p.log.Warn("the content profile could not be derived", "layout", layout, "reason", Reason(err), "err", err)
	}
	p.ask(id, wanted)
	close(e.done)
}

// look derives the layout's profile and stores it if it is another one than the
// newest.
func (p *Profiler) look(ctx context.Context, e *profiled) error {
	found, err := p.derive(ctx, e.layout)
	if err != nil {
		return err
	}
	// The same content published as HLS and as DASH declares other bit rates, and
	// needs no second transcode.
	if found.Profile, err = p.use.Alike(ctx, found.Profile); err != nil {
		return err
	}
	p.mu.Lock()
	n, last := len(e.all), e.newest()
	p.mu.Unlock()
	if found.ID() == last {
		p.mu.Lock()
		defer p.mu.Unlock()
		// The assets are the same; the store keeps what it has.
		e.all = slices.Clone(e.all)
		e.all[n-1].Unseen = found.Unseen
		return nil
	}
	if n >= maxProfilesOfLayout {
		p.log.Warn("the content changed too often; its profile is not replaced any more", "layout", e.layout.ID, "profiles", n)
		return nil
	}
	b, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("encode profile: %w", err)
	}
	got, err := p.facts.Create(ctx, layouts.Owner(e.layout.ID), layouts.TTL, avail.Fact{Key: factKey(n), Value: b})
	if err != nil {
		return fmt.Errorf("write layout %s: %w", e.layout.ID, err)
	}
	// Another node may have been first.
	var stored Profile
	if err := json.Unmarshal(got[0].Value, &stored); err != nil {
		return fmt.Errorf("read layout %s: %w", e.layout.ID, err)
	}
	if err := p.use.AddProfile(ctx, stored.Profile); err != nil {
		return err
	}
	if n > 0 {
		p.log.Info("the content profile has changed", "layout", e.layout.ID, "profile", stored.ID(), "before", last)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(e.all) == n {
		e.all, e.ids = append(slices.Clip(e.all), stored), append(slices.Clip(e.ids), stored.ID())
	}
	return nil
}
