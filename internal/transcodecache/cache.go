package transcodecache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/blob"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/download"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/imported"
	"stitcher/internal/transcodecache/jobs"
	"stitcher/internal/transcodecache/lease"
	"stitcher/internal/transcodecache/prepare"
	"stitcher/internal/transcodecache/profile"
	"stitcher/internal/transcodecache/profiles"
	"stitcher/internal/transcodecache/stock"
	"stitcher/internal/transcodecache/turn"
)

// Options are what a Cache needs. Zero values have the defaults named.
type Options struct {
	// Dir is the cache's directory; no other program writes below it.
	Dir string
	// Blobs has the renditions of all nodes, and Dir copies of them; nil is that Dir has
	// the renditions.
	Blobs blob.Store
	// Index keeps profiles, sources, jobs and the assets that are complete.
	Index store.Documents
	// Leases let one job at a time make an asset.
	Leases  store.Leases
	Fetcher download.Client
	// Volatile are the query parameters that do not tell files apart.
	Volatile identity.Volatile
	// Revalidate is after how long the server of a file is asked whether it has
	// changed (1 h).
	Revalidate time.Duration
	// Playlists fetches the playlists of streaming creatives; without it they
	// are refused.
	Playlists imported.Playlists
	Metrics   *Metrics
	Log       *slog.Logger
	// Workers is the number of jobs that ffmpeg works on at once; 0 runs none
	// here.
	Workers int
	// Threads is the number of threads of one ffmpeg (processors ÷ workers).
	Threads int
	// MaxBytes is the limit of all renditions, and of their copies in Dir (20 GiB).
	MaxBytes int64
	// MaxCreative is the greatest size of a creative (512 MiB).
	MaxCreative int64
	// MaxDuration is the greatest length of a creative (10 min).
	MaxDuration time.Duration
	// FetchTimeout bounds the download of a creative (2 min).
	FetchTimeout time.Duration
	// JobTimeout bounds a job once its creative is here (30 min); a short ad has
	// less.
	JobTimeout time.Duration
	// MaxWork is the most pixels that the pictures of a creative have together
	// (1e11: four minutes of 2160p at 50 pictures a second).
	MaxWork int64
	// MaxQueue is how many jobs wait at most (1000).
	MaxQueue int
	// Loudness is the target in LKFS (−24).
	Loudness float64
	// Keep is how long an asset is safe from removal after it was last in use
	// (75 min): a decision that lists it must not lose it, and a session without
	// requests ends within an hour.
	Keep time.Duration
	// Now is the clock (time.Now).
	Now func() time.Time
}

func (o *Options) setDefaults() {
	def := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.MaxBytes, 20<<30)
	def(&o.MaxCreative, 512<<20)
	def(&o.MaxWork, 100_000_000_000)
	def((*int64)(&o.MaxDuration), int64(10*time.Minute))
	def((*int64)(&o.FetchTimeout), int64(2*time.Minute))
	def((*int64)(&o.JobTimeout), int64(30*time.Minute))
	def((*int64)(&o.Keep), int64(75*time.Minute))
	def((*int64)(&o.Revalidate), int64(time.Hour))
	if o.Threads == 0 {
		o.Threads = max(1, runtime.NumCPU()/max(1, o.Workers))
	}
	if o.MaxQueue == 0 {
		o.MaxQueue = 1000
	}
	if o.Loudness == 0 {
		o.Loudness = encode.DefaultLoudness
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Cache is the prepared creatives of this node.
type Cache struct {
	opts     Options
	stock    *stock.Stock
	profiles *profiles.Profiles
	sources  *identity.Sources
	make     *prepare.Maker
	workshop *workshop
	jobs     *jobs.Board

	picturing sync.Mutex
}

// ErrUnknownAsset is what a lookup of an asset or file that isn't there says.
var ErrUnknownAsset = errors.New("unknown asset")

// New opens the cache in its directory: what an earlier process left
// unfinished is removed. Run must be called for jobs to be done.
func New(ctx context.Context, opts Options) (*Cache, error) {
	opts.setDefaults()
	leases := lease.NewHolder(opts.Leases, rand.Text(), opts.Log)
	ready, err := stock.New(ctx, stock.Options{
		Dir: opts.Dir, Blobs: opts.Blobs, Index: opts.Index, Leases: leases, MaxBytes: opts.MaxBytes, Keep: opts.Keep, Now: opts.Now,
		Size: opts.Metrics.bytes, Evicted: opts.Metrics.evicted,
	})
	if err != nil {
		return nil, fmt.Errorf("open transcode cache: %w", err)
	}
	c := &Cache{
		opts: opts, stock: ready, profiles: profiles.New(opts.Index), sources: identity.NewSources(opts.Index),
		make: &prepare.Maker{
			Fetcher: download.Paced{Client: opts.Fetcher}, Playlists: opts.Playlists, Timeout: opts.FetchTimeout, MaxBytes: opts.MaxCreative,
			MaxDuration: opts.MaxDuration.Microseconds(), Loudness: opts.Loudness, Threads: opts.Threads,
			Places: turn.NewPlaces(opts.Workers, opts.Now, opts.Metrics.waited(stageEncode)), Limit: opts.JobTimeout, MaxWork: opts.MaxWork,
		},
	}
	c.workshop = &workshop{stock: c.stock, sources: c.sources, profiles: c.profiles, maker: c.make, fresh: opts.Revalidate, now: opts.Now}
	c.jobs = jobs.NewBoard(jobs.Options{
		Index: opts.Index, Leases: leases, Maker: c.workshop, Volatile: opts.Volatile, Workers: opts.Workers, MaxQueue: opts.MaxQueue,
		Now: opts.Now, Metrics: opts.Metrics.ofJobs(), Log: opts.Log,
	})
	return c, nil
}

// Run does the jobs until ctx ends; then it kills the ffmpeg processes under
// way, removes what they wrote, and returns. The interrupted jobs are queued
// anew by the next lookup.
func (c *Cache) Run(ctx context.Context) {
	var working sync.WaitGroup
	working.Go(func() { c.jobs.Run(ctx) })
	c.sweepUntil(ctx)
	working.Wait()
}

// sweepEvery is how often last uses are written and the limit is looked at.
const sweepEvery = 5 * time.Minute

// sweepUntil keeps the cache below its limit until ctx ends.
func (c *Cache) sweepUntil(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := c.sweep(ctx); err != nil && ctx.Err() == nil {
			c.opts.Log.Warn("transcode cache: sweep", "err", err)
		}
		select {
		case <-ctx.Done():
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if err := c.stock.MarkUsed(ending); err != nil {
				c.opts.Log.Warn("transcode cache: write last uses", "err", err)
			}
			return
		case <-tick.C:
		}
	}
}

// sweep does what is to be done now and then. All nodes do it; that two do the same at
// once is harmless.
func (c *Cache) sweep(ctx context.Context) error {
	return errors.Join(c.stock.Sweep(ctx), c.jobs.Forget(ctx), c.sources.Forget(ctx, c.opts.Now()))
}

// Lookup gives the asset of a creative for a profile, or the reason why there
// is none yet. It never waits for a job: the first lookup queues one and
// answers creative_new, later ones creative_transcoding until it is done.
// After the failure of a file its further files are tried, in their order. Where all
// have failed the reason is that of the first, until it is time for another try.
func (c *Cache) Lookup(ctx context.Context, profile string, creative avail.Creative) (*avail.Asset, avail.Reason) {
	now := c.opts.Now()
	var failed avail.Reason
	for file, ok := creative, true; ok; file, ok = identity.NextFile(file) {
		asset, reason := c.lookup(ctx, profile, file, now)
		switch reason {
		case "":
			c.opts.Metrics.hits.Inc()
			return asset, ""
		case avail.CreativeNew, avail.CreativeTranscoding, avail.InternalError:
			c.opts.Metrics.misses.WithLabelValues(string(reason)).Inc()
			return nil, reason
		}
		if failed == "" {
			failed = reason
		}
	}
	c.opts.Metrics.misses.WithLabelValues(string(failed)).Inc()
	return nil, failed
}

// lookup looks for the asset of the first file of a creative.
func (c *Cache) lookup(ctx context.Context, profile string, creative avail.Creative, now time.Time) (*avail.Asset, avail.Reason) {
	w := jobs.NewWork(c.opts.Volatile, profile, creative)
	a, known := c.workshop.cached(w)
	if a == nil {
		reason := c.miss(ctx, w, now)
		if reason != "" {
			return nil, reason
		}
		if a, known = c.workshop.cached(w); a == nil { // it was removed meanwhile
			return nil, avail.CreativeTranscoding
		}
	}
	if held, err := c.stock.Hold(ctx, a, now); err != nil {
		c.opts.Log.Error("transcode cache: keep an asset", "asset", a.Asset.ID, "err", err)
		return nil, avail.InternalError
	} else if !held { // another node has removed it
		if reason := c.miss(ctx, w, now); reason != "" {
			return nil, reason
		}
		return nil, avail.CreativeTranscoding
	}
	a.Touch(now)
	if now.Sub(known.Checked) >= c.opts.Revalidate {
		c.jobs.Revalidate(w, now)
	}
	return &a.Asset, ""
}

// miss sees to it that a creative that isn't ready will be; "" says that it
// has become ready.
func (c *Cache) miss(ctx context.Context, w jobs.Work, now time.Time) avail.Reason {
	if w.Creative.URL == "" {
		return avail.CreativeUnfetchable
	}
	if _, err := c.profiles.Get(ctx, w.Profile); err != nil {
		c.opts.Log.Error("transcode cache: look up a creative", "profile", w.Profile, "err", err)
		return avail.InternalError
	}
	return c.jobs.Want(ctx, w, now)
}

// AddProfile makes a profile known to Lookup and to the workers, over a
// restart too.
func (c *Cache) AddProfile(ctx context.Context, p profile.Profile) error {
	return c.profiles.Add(ctx, p)
}

// Alike is a known profile whose creatives serve a profile as well: one that differs in
// bit rates by little. It returns p if no known profile does.
func (c *Cache) Alike(ctx context.Context, p profile.Profile) (profile.Profile, error) {
	return c.profiles.Alike(ctx, p)
}

// find gives an asset by its id; an error that is ErrUnknownAsset if it isn't, or no
// longer, there.
func (c *Cache) find(ctx context.Context, id string) (*stock.Item, error) {
	a, err := c.stock.Find(ctx, id)
	if err == nil && a == nil {
		err = fmt.Errorf("asset %q: %w", id, ErrUnknownAsset)
	}
	return a, err
}

// Asset gives a prepared creative by its id; an error that is ErrUnknownAsset
// if it isn't, or no longer, here.
func (c *Cache) Asset(ctx context.Context, id string) (*avail.Asset, error) {
	if a := c.stock.Cached(id); a != nil {
		a.Touch(c.opts.Now())
		return &a.Asset, nil
	}
	a, err := c.find(ctx, id)
	if err != nil {
		return nil, err
	}
	return &a.Asset, nil
}
