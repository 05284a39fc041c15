package transcodecache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/blob"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/download"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/imported"
	"stitcher/internal/transcodecache/profile"
)

// Options are what a Cache needs. Zero values have the defaults named.
type Options struct {
	// Dir is the cache's directory; no other program writes below it.
	Dir string
	// Blobs has the renditions of all nodes, and Dir copies of them; nil is that Dir has
	// the renditions.
	Blobs blob.Store
	Index Index
	// Leases let one job at a time make an asset.
	Leases  store.Leases
	Fetcher download.Client
	// Volatile are the query parameters that do not tell files apart.
	Volatile Volatile
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
	opts    Options
	shelves *shelves
	make    *maker

	// assets maps an asset id to its *stored. It is read by every manifest.
	assets sync.Map
	// bytes is the size of the assets of all nodes, as far as this one knows.
	bytes atomic.Int64

	profiles *profiles
	sources  *sources
	// owner begins the names under which this process has leases.
	owner string

	mu    sync.Mutex // guards queue and dropped
	queue queue
	// dropped are jobs whose documents are to be removed.
	dropped []string
	wake    chan struct{}

	evicting, picturing sync.Mutex
}

// stored is an asset that is ready.
type stored struct {
	record
	used atomic.Int64 // Unix nanoseconds of last use
	// marked is the last use that the index is known to know of.
	marked atomic.Int64
	// adopted is since when this process knows of the asset.
	adopted time.Time
}

// touchEvery is how exact the time of last use is. A store at every lookup
// would bounce the cache line between processors.
const touchEvery = int64(time.Second)

func (s *stored) touch(now time.Time) {
	if n := now.UnixNano(); n-s.used.Load() > touchEvery {
		s.used.Store(n)
	}
}

// ErrUnknownAsset is what a lookup of an asset or file that isn't there says.
var ErrUnknownAsset = errors.New("unknown asset")

// New opens the cache in its directory: what an earlier process left
// unfinished is removed. Run must be called for jobs to be done.
func New(ctx context.Context, opts Options) (*Cache, error) {
	opts.setDefaults()
	shelves, err := openShelves(opts.Dir, opts.Blobs)
	if err != nil {
		return nil, fmt.Errorf("open transcode cache: %w", err)
	}
	c := &Cache{
		opts: opts, shelves: shelves,
		make: &maker{
			fetcher: download.Paced{Client: opts.Fetcher}, playlists: opts.Playlists, timeout: opts.FetchTimeout, maxBytes: opts.MaxCreative,
			maxDuration: opts.MaxDuration.Microseconds(), loudness: opts.Loudness, threads: opts.Threads,
			turns: newTurns(opts.Workers, opts.Now, opts.Metrics), limit: opts.JobTimeout, maxWork: opts.MaxWork,
		},
		profiles: &profiles{index: opts.Index}, sources: &sources{index: opts.Index}, owner: rand.Text(),
		queue: newQueue(opts.MaxQueue, opts.Workers+ahead, opts.Workers+1),
		wake:  make(chan struct{}, opts.Workers+ahead),
	}
	all, err := c.uses(ctx)
	if err != nil {
		return nil, fmt.Errorf("open transcode cache: %w", err)
	}
	for _, u := range all {
		c.bytes.Add(u.Bytes)
	}
	opts.Metrics.bytes.Set(float64(c.bytes.Load()))
	return c, nil
}

// adopt makes an asset of the index available here. u is its last use.
func (c *Cache) adopt(r *record, u use) *stored {
	s := &stored{record: *r, adopted: c.opts.Now()}
	s.used.Store(u.Used.UnixNano())
	s.marked.Store(u.Used.UnixNano())
	v, _ := c.assets.LoadOrStore(r.Asset.ID, s)
	return v.(*stored)
}

// Lookup gives the asset of a creative for a profile, or the reason why there
// is none yet. It never waits for a job: the first lookup queues one and
// answers creative_new, later ones creative_transcoding until it is done.
// After the failure of a file its further files are tried, in their order. Where all
// have failed the reason is that of the first, until it is time for another try.
func (c *Cache) Lookup(ctx context.Context, profile string, creative avail.Creative) (*avail.Asset, avail.Reason) {
	now := c.opts.Now()
	var failed avail.Reason
	for file, ok := creative, true; ok; file, ok = nextFile(file) {
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

// nextFile is a creative with its next file in the place of the first.
func nextFile(c avail.Creative) (avail.Creative, bool) {
	if len(c.Others) == 0 {
		return c, false
	}
	c.URL, c.Others = c.Others[0], c.Others[1:]
	return c, true
}

// lookup looks for the asset of the first file of a creative.
func (c *Cache) lookup(ctx context.Context, profile string, creative avail.Creative, now time.Time) (*avail.Asset, avail.Reason) {
	source := c.opts.Volatile.sourceID(profile, creative)
	s, known := c.ready(source, profile, creative)
	if s == nil {
		reason := c.miss(ctx, source, profile, creative, now)
		if reason != "" {
			return nil, reason
		}
		if s, known = c.ready(source, profile, creative); s == nil { // it was removed meanwhile
			return nil, avail.CreativeTranscoding
		}
	}
	if held, err := c.hold(ctx, s, now); err != nil {
		c.opts.Log.Error("transcode cache: keep an asset", "asset", s.Asset.ID, "err", err)
		return nil, avail.InternalError
	} else if !held { // another node has removed it
		if reason := c.miss(ctx, source, profile, creative, now); reason != "" {
			return nil, reason
		}
		return nil, avail.CreativeTranscoding
	}
	s.touch(now)
	if now.Sub(known.Checked) >= c.opts.Revalidate {
		c.revalidate(source, profile, creative, now)
	}
	return &s.Asset, ""
}

// ready gives the asset of a source's content, if both are in memory.
func (c *Cache) ready(source, profile string, creative avail.Creative) (*stored, *sourceRecord) {
	known := c.sources.cached(source)
	if known == nil {
		return nil, nil
	}
	if v, ok := c.assets.Load(assetID(profile, known, creative)); ok {
		return v.(*stored), known
	}
	return nil, known
}

// recall reads from the index what an earlier process, or another one, has found out
// and made. It tells whether the asset is ready.
func (c *Cache) recall(ctx context.Context, source, profile string, creative avail.Creative) (bool, error) {
	known, err := c.sources.read(ctx, source)
	if err != nil || known == nil {
		return false, err
	}
	s, err := c.find(ctx, assetID(profile, known, creative))
	return s != nil, err
}

// miss sees to it that a creative that isn't ready will be; "" says that it
// has become ready.
func (c *Cache) miss(ctx context.Context, source, profile string, creative avail.Creative, now time.Time) avail.Reason {
	if creative.URL == "" {
		return avail.CreativeUnfetchable
	}
	if _, err := c.profiles.get(ctx, profile); err != nil {
		c.opts.Log.Error("transcode cache: look up a creative", "profile", profile, "err", err)
		return avail.InternalError
	}
	entry := jobID(source, profile, creative)
	for {
		c.mu.Lock()
		// A job leaves the queue only after its asset is ready, so a look at
		// what is ready under the lock misses nothing.
		if s, _ := c.ready(source, profile, creative); s != nil {
			c.mu.Unlock()
			return ""
		}
		j := c.queue.jobs[entry]
		if j == nil {
			j = &job{entry: entry, source: source, profile: profile, creative: creative}
			c.queue.jobs[entry] = j
		}
		j.looked = now
		switch {
		case j.state == jobAsking:
			asked := j.asked
			c.mu.Unlock()
			select {
			case <-asked:
				continue
			case <-ctx.Done():
				return avail.CreativeTranscoding
			}
		case j.state == jobFailed && now.Before(j.retry):
			defer c.mu.Unlock()
			return j.reason
		case j.state == 0 || j.state == jobFailed:
			j.state, j.creative, j.asked = jobAsking, creative, make(chan struct{})
			c.mu.Unlock()
			return c.ask(ctx, j, now)
		case j.state == jobQueued:
			c.queue.refresh(j, creative)
		}
		c.mu.Unlock()
		return avail.CreativeTranscoding
	}
}

// revalidate queues the question whether a file has changed. What is prepared of it
// is shown until the answer has come, and if none comes.
func (c *Cache) revalidate(source, profile string, creative avail.Creative, now time.Time) {
	entry := jobID(source, profile, creative)
	c.mu.Lock()
	defer c.mu.Unlock()
	j := c.queue.jobs[entry]
	switch {
	case j == nil:
		c.push(&job{entry: entry, source: source, profile: profile, creative: creative, looked: now})
	case j.state == jobFailed && !now.Before(j.retry):
		c.queue.refresh(j, creative)
		c.push(j)
	}
}

// push queues a job and wakes a worker. The lock is held.
func (c *Cache) push(j *job) {
	if dropped := c.queue.push(j, c.opts.Now()); dropped != nil {
		if dropped.shared {
			c.dropped = append(c.dropped, dropped.entry)
		}
		c.opts.Metrics.finished.WithLabelValues(string(outcomeDropped)).Inc()
	}
	c.opts.Metrics.jobs.WithLabelValues(stateQueued).Set(float64(len(c.queue.waiting)))
	c.wakeOne()
}

// wakeOne has a worker that is idle look at the queue.
func (c *Cache) wakeOne() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// AddProfile makes a profile known to Lookup and to the workers, over a
// restart too.
func (c *Cache) AddProfile(ctx context.Context, p profile.Profile) error {
	return c.profiles.add(ctx, p)
}

// Asset gives a prepared creative by its id; an error that is ErrUnknownAsset
// if it isn't, or no longer, here.
func (c *Cache) Asset(ctx context.Context, id string) (*avail.Asset, error) {
	if v, ok := c.assets.Load(id); ok {
		s := v.(*stored)
		s.touch(c.opts.Now())
		return &s.Asset, nil
	}
	s, err := c.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, fmt.Errorf("asset %q: %w", id, ErrUnknownAsset)
	}
	return &s.Asset, nil
}

// find gives an asset from memory or from the index; nil if it is not, or no longer,
// there.
func (c *Cache) find(ctx context.Context, id string) (*stored, error) {
	if v, ok := c.assets.Load(id); ok {
		return v.(*stored), nil
	}
	if !assetIDForm.MatchString(id) {
		return nil, nil //nolint:nilnil // no asset is no error
	}
	doc, err := c.opts.Index.Document(ctx, assetDocument, id)
	if err != nil {
		return nil, fmt.Errorf("asset %s: read its document: %w", id, err)
	}
	r := readRecord(doc)
	if r == nil {
		return nil, nil //nolint:nilnil // as above
	}
	u, version, err := c.readUse(ctx, id)
	if err != nil || version == 0 {
		return nil, err
	}
	if ok, err := c.shelves.complete(ctx, id, r.Files); err != nil || !ok {
		return nil, err
	}
	return c.adopt(r, u), nil
}

// second is a second in microseconds.
const second = int64(1_000_000)

// Keys and paths are made of these alone, whatever a client asks for.
var assetIDForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
