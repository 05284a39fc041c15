package stitch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/profile"
)

const (
	// profileRetry is how long a layout is left alone whose profile could not be
	// derived, or only without a sample of each rendition: each avail of each
	// session would try again.
	profileRetry = 10 * time.Second
	unseenRetry  = time.Minute
	// profileCheck is how often the content of a layout in use is looked at again,
	// because encoders are set up anew and a sample may have been untypical.
	profileCheck = 10 * time.Minute
	// maxProfilesOfLayout bounds the profiles that a layout has had: content that
	// changes to and fro does not have its creatives prepared for ever.
	maxProfilesOfLayout = 16
	// maxWanted bounds the creatives of a layout that wait for its profile.
	maxWanted = 100
)

// profiler knows what the content of each layout is like. A layout's profile is
// looked up in the store, else derived from samples; it is looked at again from
// time to time, and a profile that turns out wrong is replaced for the decisions
// to come. What sessions list already stays, because decisions name assets, and an
// asset names the profile that it was made for.
type profiler struct {
	facts   store.Facts
	use     Profiles
	derive  func(ctx context.Context, l *layout) (contentProfile, error)
	now     func() time.Time
	log     *slog.Logger
	context context.Context

	mu    sync.Mutex
	known map[string]*profiled
}

// profiled is what is known of one layout's content. Everything but the channels
// is guarded by the profiler's lock.
type profiled struct {
	// layout is as a viewer of late has it, whose tokens are still good.
	layout *layout
	// used is when somebody last asked.
	used time.Time
	// read is closed once the store was asked, done once the profile is there or
	// can't be had.
	read, done chan struct{}
	// all are the profiles that the layout has had, the newest last; ids are
	// theirs.
	all []contentProfile
	ids []string
	err error
	// due is when the content is to be looked at again, busy that it is.
	due  time.Time
	busy bool
	// wanted are creatives to be prepared once the profile is there.
	wanted []avail.Creative
}

// entry is what is known of a layout. What is not known yet is being found out, and
// what is old is looked at again.
func (p *profiler) entry(l *layout) *profiled {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.known[l.ID]
	var wanted []avail.Creative
	now := p.now()
	if e != nil && !e.busy {
		e.layout = l
	}
	if e != nil && !e.busy && !now.Before(e.due) {
		if e.err != nil {
			e, wanted = nil, e.wanted
		} else {
			e.busy = true
			go p.again(e)
		}
	}
	if e != nil {
		e.used = now
		return e
	}
	e = &profiled{layout: l, used: now, read: make(chan struct{}), done: make(chan struct{}), busy: true, wanted: wanted}
	if p.known == nil {
		p.known = map[string]*profiled{}
	}
	if len(p.known) >= maxLayouts {
		for id, old := range p.known {
			if !old.busy { // it can be had again
				delete(p.known, id)
				break
			}
		}
	}
	p.known[l.ID] = e
	go p.first(e)
	return e
}

// want has creatives prepared for a layout's content, once that is known.
func (p *profiler) want(l *layout, list ...avail.Creative) {
	e := p.entry(l)
	p.mu.Lock()
	if len(e.ids) == 0 {
		for _, c := range list {
			known := slices.ContainsFunc(e.wanted, func(w avail.Creative) bool { return w.Key == c.Key && w.URL == c.URL })
			if !known && len(e.wanted) < maxWanted {
				e.wanted = append(e.wanted, c)
			}
		}
		list = nil
	}
	id := e.newest()
	p.mu.Unlock()
	p.ask(id, list)
}

func (p *profiler) ask(id string, list []avail.Creative) {
	if id == "" {
		return
	}
	for _, c := range list {
		p.use.Lookup(p.context, id, c)
	}
}

// newest is the id of the profile that decisions are made for; "" is none yet.
func (e *profiled) newest() string {
	if len(e.ids) == 0 {
		return ""
	}
	return e.ids[len(e.ids)-1]
}

// newest is the id of the layout's profile, if it is known whether there is one.
func (p *profiler) newest(l *layout) (id string, known bool, err error) {
	e := p.entry(l)
	p.mu.Lock()
	defer p.mu.Unlock()
	id = e.newest()
	return id, id != "" || e.err != nil, e.err
}

// profile waits for the id of the layout's profile. Where patient is not set it
// waits for the store alone: an answer of errProfileUnknown says that the content
// is still being looked at.
func (p *profiler) profile(ctx context.Context, l *layout, patient bool) (string, error) {
	e := p.entry(l)
	wait := e.read
	if patient {
		wait = e.done
	}
	select {
	case <-wait:
	case <-ctx.Done():
		return "", errProfileUnknown
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch id := e.newest(); {
	case id != "":
		return id, nil
	case e.err != nil:
		return "", e.err
	}
	return "", errProfileUnknown
}

var errProfileUnknown = errors.New("the content profile is not known yet")

// profileReason is why ads can't be made for a content.
func profileReason(err error) avail.Reason {
	switch {
	case errors.Is(err, profile.ErrUnsupported):
		return avail.ContentUnsupported
	case unseenReason(err) == avail.RenditionUnavailable:
		return avail.RenditionUnavailable
	}
	return avail.ContentUnknown
}

// peek is the newest profile of a layout, as far as it is known here or stored; the
// zero value is none. It starts nothing.
func (p *profiler) peek(ctx context.Context, l *layout) (contentProfile, error) {
	p.mu.Lock()
	e := p.known[l.ID]
	if e != nil && (len(e.all) > 0 || e.err != nil) {
		defer p.mu.Unlock()
		if len(e.all) > 0 {
			return e.all[len(e.all)-1], nil
		}
		return contentProfile{}, e.err
	}
	p.mu.Unlock()
	stored, err := p.stored(ctx, l)
	if err != nil || len(stored) == 0 {
		return contentProfile{}, err
	}
	return stored[len(stored)-1], nil
}

// unfit are the renditions of a layout in which ads can't be made while they can in
// others, as far as their samples were looked at.
func (p *profiler) unfit(layout string) []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.known[layout]
	if e == nil {
		return nil
	}
	if u, ok := errors.AsType[*unfitError](e.err); ok {
		return u.renditions
	}
	return nil
}

// tracks are the names of a layout's renditions in the assets of one of its
// profiles; nil where they are named as in the layout.
func (p *profiler) tracks(ctx context.Context, l *layout, id string) ([]string, error) {
	e := p.entry(l)
	select {
	case <-e.read:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	find := func() ([]string, bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		i := slices.Index(e.ids, id)
		if i < 0 {
			return nil, false
		}
		return e.all[i].Tracks, true
	}
	if names, ok := find(); ok {
		return names, nil
	}
	// Another node may have replaced the profile meanwhile.
	stored, err := p.stored(ctx, l)
	if err != nil {
		return nil, err
	}
	p.learn(e, stored)
	names, _ := find()
	return names, nil
}

// stored are the profiles of a layout in the store, the newest last.
func (p *profiler) stored(ctx context.Context, l *layout) ([]contentProfile, error) {
	facts, _, err := p.facts.Since(ctx, layoutOwner(l.ID), 0)
	if err != nil {
		return nil, fmt.Errorf("read layout %s: %w", l.ID, err)
	}
	byNumber := map[int]contentProfile{}
	for _, f := range facts {
		n, ok := profileNumber(f.Key)
		if !ok {
			continue
		}
		var c contentProfile
		if err := json.Unmarshal(f.Value, &c); err != nil {
			return nil, fmt.Errorf("layout %s, %s: %w", l.ID, f.Key, err)
		}
		byNumber[n] = c
	}
	var list []contentProfile
	for _, n := range slices.Sorted(maps.Keys(byNumber)) {
		list = append(list, byNumber[n])
	}
	return list, nil
}

// profileKey is the fact of a layout's nth profile.
func profileKey(n int) string {
	if n == 0 {
		return "profile"
	}
	return "profile/" + strconv.Itoa(n)
}

func profileNumber(key string) (n int, ok bool) {
	if key == "profile" {
		return 0, true
	}
	rest, ok := strings.CutPrefix(key, "profile/")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(rest)
	return n, err == nil && n > 0
}

// learn takes over stored profiles.
func (p *profiler) learn(e *profiled, stored []contentProfile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(stored) <= len(e.all) {
		return
	}
	e.all, e.ids = stored, nil
	for i := range stored {
		e.ids = append(e.ids, stored[i].ID())
	}
}

// first finds out what a layout's content is like.
func (p *profiler) first(e *profiled) {
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
func (p *profiler) again(e *profiled) {
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
func (p *profiler) settle(e *profiled, err error) {
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
		p.log.Warn("the content profile could not be derived", "layout", layout, "reason", profileReason(err), "err", err)
	}
	p.ask(id, wanted)
	close(e.done)
}

// look derives the layout's profile and stores it if it is another one than the
// newest.
func (p *profiler) look(ctx context.Context, e *profiled) error {
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
	got, err := p.facts.Create(ctx, layoutOwner(e.layout.ID), layoutTTL, avail.Fact{Key: profileKey(n), Value: b})
	if err != nil {
		return fmt.Errorf("write layout %s: %w", e.layout.ID, err)
	}
	// Another node may have been first.
	var stored contentProfile
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
