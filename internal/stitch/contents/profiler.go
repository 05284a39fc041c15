package contents

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/layouts"
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

// Profiler knows what the content of each layout is like. A layout's profile is
// looked up in the store, else derived from samples; it is looked at again from
// time to time, and a profile that turns out wrong is replaced for the decisions
// to come. What sessions list already stays, because decisions name assets, and an
// asset names the profile that it was made for.
type Profiler struct {
	facts   store.Facts
	use     Profiles
	derive  func(ctx context.Context, l *layouts.Layout) (Profile, error)
	now     func() time.Time
	log     *slog.Logger
	context context.Context

	mu    sync.Mutex
	known map[string]*profiled
}

// Profiles takes what contents are like, so that creatives can be made to equal
// them.
type Profiles interface {
	AddProfile(ctx context.Context, p profile.Profile) error
	// Alike is a known profile whose creatives serve a profile as well: one that
	// differs in bit rates by little. It returns p if no known profile does.
	Alike(ctx context.Context, p profile.Profile) (profile.Profile, error)
	// Lookup asks for a creative; the first time it only queues it.
	Lookup(ctx context.Context, profile string, c avail.Creative) (*avail.Asset, avail.Reason)
}

// Options are what a Profiler needs.
type Options struct {
	Facts    store.Facts
	Profiles Profiles
	// Derive finds out what the content of a layout is like.
	Derive func(ctx context.Context, l *layouts.Layout) (Profile, error)
	Now    func() time.Time
	Log    *slog.Logger
}

// New makes a profiler. What it does off the request path ends with ctx.
func New(ctx context.Context, o Options) *Profiler {
	return &Profiler{facts: o.Facts, use: o.Profiles, derive: o.Derive, now: o.Now, log: o.Log, context: ctx}
}

// profiled is what is known of one layout's content. Everything but the channels
// is guarded by the profiler's lock.
type profiled struct {
	// layout is as a viewer of late has it, whose tokens are still good.
	layout *layouts.Layout
	// used is when it was last asked for.
	used time.Time
	// read is closed once the store was asked, done once the profile is there or
	// can't be had.
	read, done chan struct{}
	// all are the profiles that the layout has had, the newest last; ids are
	// theirs.
	all []Profile
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
func (p *Profiler) entry(l *layouts.Layout) *profiled {
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
	if len(p.known) >= layouts.Max {
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

// Want has creatives prepared for a layout's content, once that is known.
func (p *Profiler) Want(l *layouts.Layout, list ...avail.Creative) {
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

func (p *Profiler) ask(id string, list []avail.Creative) {
	if id == "" {
		return
	}
	for _, c := range list {
		p.use.Lookup(p.context, id, c)
	}
}

// newest is the id of the profile that decisions are made for; "" before there is a profile.
func (e *profiled) newest() string {
	if len(e.ids) == 0 {
		return ""
	}
	return e.ids[len(e.ids)-1]
}

// newest is the id of the layout's profile, if it is known whether there is one.
func (p *Profiler) newest(l *layouts.Layout) (id string, known bool, err error) {
	e := p.entry(l)
	p.mu.Lock()
	defer p.mu.Unlock()
	id = e.newest()
	return id, id != "" || e.err != nil, e.err
}

// Await waits for the id of the layout's profile. Where patient is not set it
// waits for the store alone: an answer of errProfileUnknown says that the content
// is still being looked at.
func (p *Profiler) Await(ctx context.Context, l *layouts.Layout, patient bool) (string, error) {
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

// Reason is why ads can't be made for a content.
func Reason(err error) avail.Reason {
	switch {
	case errors.Is(err, profile.ErrUnsupported):
		return avail.ContentUnsupported
	case unseenReason(err) == avail.RenditionUnavailable:
		return avail.RenditionUnavailable
	}
	return avail.ContentUnknown
}

// Peek is the newest profile of a layout, if it is known here or stored; otherwise
// the zero value. It does not begin to sample the content.
func (p *Profiler) Peek(ctx context.Context, l *layouts.Layout) (Profile, error) {
	p.mu.Lock()
	e := p.known[l.ID]
	if e != nil && (len(e.all) > 0 || e.err != nil) {
		defer p.mu.Unlock()
		if len(e.all) > 0 {
			return e.all[len(e.all)-1], nil
		}
		return Profile{}, e.err
	}
	p.mu.Unlock()
	stored, err := p.stored(ctx, l)
	if err != nil || len(stored) == 0 {
		return Profile{}, err
	}
	return stored[len(stored)-1], nil
}

// Unfit are the renditions of a layout in which ads can't be made while they can in
// others, as far as their samples were looked at.
func (p *Profiler) Unfit(layout string) []int {
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
func (p *Profiler) tracks(ctx context.Context, l *layouts.Layout, id string) ([]string, error) {
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

// Free forgets the layouts that were not asked about since a time.
func (p *Profiler) Free(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, e := range p.known {
		if !e.busy && e.used.Before(before) {
			delete(p.known, id)
		}
	}
}
