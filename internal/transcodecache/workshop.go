package transcodecache

import (
	"context"
	"errors"
	"os"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/jobs"
	"stitcher/internal/transcodecache/prepare"
	"stitcher/internal/transcodecache/profiles"
	"stitcher/internal/transcodecache/stock"
)

// workshop makes the assets of jobs from what is known of sources and profiles.
type workshop struct {
	stock    *stock.Stock
	sources  *identity.Sources
	profiles *profiles.Profiles
	maker    *prepare.Maker
	// fresh is for how long a source that was checked is not checked again.
	fresh time.Duration
	now   func() time.Time
}

// cached gives the asset of a source's content, if both are in memory.
func (m *workshop) cached(w jobs.Work) (*stock.Item, *identity.Source) {
	known := m.sources.Cached(w.Source)
	if known == nil {
		return nil, nil
	}
	return m.stock.Cached(identity.AssetID(w.Profile, known, w.Creative)), known
}

// Ready is whether the asset is in memory.
func (m *workshop) Ready(w jobs.Work) bool {
	a, _ := m.cached(w)
	return a != nil
}

// Recall reads from the index what an earlier process, or another one, has found out
// and made. It tells whether the asset is ready.
func (m *workshop) Recall(ctx context.Context, w jobs.Work) (bool, error) {
	ready, _, err := m.Standing(ctx, w)
	return ready, err
}

// Standing is like Recall; fresh is that the source was checked lately.
func (m *workshop) Standing(ctx context.Context, w jobs.Work) (ready, fresh bool, err error) {
	now := m.now()
	known, err := m.sources.Read(ctx, w.Source)
	if err != nil || known == nil {
		return false, false, err
	}
	// Other nodes ask for what they do not have, so the memory of this one is not enough.
	a, err := m.stock.Confirm(ctx, identity.AssetID(w.Profile, known, w.Creative))
	if err != nil || a == nil {
		return false, false, err
	}
	return true, now.Sub(known.Checked) < m.fresh, nil
}

// Make finds out the content of a file, and makes the asset of this content unless it is
// there.
func (m *workshop) Make(ctx context.Context, w jobs.Work) (*stock.Item, error) {
	p, err := m.profiles.Get(ctx, w.Profile)
	if err != nil {
		return nil, err
	}
	err = m.stock.MakeRoom(ctx)
	if full, ok := errors.AsType[*stock.FullError](err); ok {
		return nil, &prepare.Failure{Reason: avail.TranscodeFailed, Err: full}
	}
	if err != nil {
		return nil, err
	}
	dir, err := m.stock.WorkDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)

	old, known := m.cached(w)
	var validators egress.Validators
	if old != nil {
		validators = known.Validators
	}
	release := func() {}
	defer func() { release() }()
	found := identity.NewSource(w.Creative)
	have := func(content string, length int64) (ready bool, err error) {
		found.Content, found.Length = content, length
		release, ready, err = m.stock.Claim(ctx, identity.AssetID(w.Profile, found, w.Creative), w.ID)
		return ready, err
	}
	produce := m.maker.Prepare
	if w.Creative.Streaming {
		produce = m.maker.Import
	}
	made, err := produce(ctx, dir, p, w.Creative, validators, have)
	if errors.Is(err, egress.ErrNotModified) {
		same := *known
		same.URL, same.Checked = w.Creative.URL, m.now().UTC()
		return old, m.sources.Put(ctx, w.Source, &same)
	}
	if err != nil {
		return nil, err
	}
	found.Validators, found.Checked = made.Validators, m.now().UTC()
	id := identity.AssetID(w.Profile, found, w.Creative)
	a, err := m.stock.Find(ctx, id)
	if err == nil && a == nil {
		r := &stock.Record{
			Asset:    avail.Asset{ID: id, Creative: w.Creative.Key, Profile: p.ID(), Renditions: made.Renditions},
			Loudness: made.Loudness, After: made.After, Source: w.Creative.URL, Streaming: w.Creative.Streaming,
			Declared: w.Creative.Duration, Made: m.now().UTC().Truncate(time.Second),
		}
		for _, s := range made.Renditions[p.Reference()].Segments {
			r.Asset.Duration += s.Duration
		}
		a, err = m.stock.Publish(ctx, dir, r)
	}
	if err != nil {
		return nil, err
	}
	// The source leads to its new content only now, when that can be shown.
	return a, m.sources.Put(ctx, w.Source, found)
}
