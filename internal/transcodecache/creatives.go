package transcodecache

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/pause"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/jobs"
	"stitcher/internal/transcodecache/profiles"
	"stitcher/internal/transcodecache/stock"
)

// State is how far a creative has come.
type State string

// The states.
const (
	Queued  State = "queued"
	Running State = "running"
	Failed  State = "failed"
	Ready   State = "ready"
)

// Status says how one creative stands in one profile, for people. URLs are without their
// queries, in which tokens are.
type Status struct {
	// ID is that of the asset where it is ready, else that of the job.
	ID       string `json:"id"`
	Creative string `json:"creative"`
	Profile  string `json:"profile"`
	URL      string `json:"url"`
	// Configuration and AdServer ask for it, where it is not ready.
	Configuration string `json:"configuration,omitempty"`
	AdServer      string `json:"adServer,omitempty"`
	// Streaming is whether it is imported as it is, not transcoded.
	Streaming bool  `json:"streaming,omitempty"`
	State     State `json:"state"`
	// Renditions are those of the profile.
	Renditions []RenditionStatus `json:"renditions,omitempty"`
	// Declared is the duration that the ad server declared, in microseconds; 0 if it declared none.
	Declared int64 `json:"declared,omitempty"`
	// Since is when it was asked for, where it is not ready.
	Since time.Time `json:"since,omitzero"`
	// Reason, Message and Retry are set after a failure.
	Reason  avail.Reason `json:"reason,omitempty"`
	Message string       `json:"message,omitempty"`
	Retry   time.Time    `json:"retry,omitzero"`
	// The others are set when it is ready. Duration is in microseconds, Bytes are those of
	// all files.
	Duration int64 `json:"duration,omitempty"`
	Bytes    int64 `json:"bytes,omitempty"`
	// Loudness is what was measured of the creative, by number of channels,
	// LoudnessTarget what it was normalised to, and LoudnessAfter what was measured of the
	// result, in LKFS.
	Loudness       map[int]encode.Loudness `json:"loudness,omitempty"`
	LoudnessAfter  map[int]float64         `json:"loudnessAfter,omitempty"`
	LoudnessTarget float64                 `json:"loudnessTarget,omitempty"`
	// Made is the first use, Used the last.
	Made time.Time `json:"made,omitzero"`
	Used time.Time `json:"used,omitzero"`
}

var (
	// ErrInUse says that decisions may list an asset.
	ErrInUse = errors.New("decisions may list the creative")
	// ErrNotFailed says that there is no failed job of an id.
	ErrNotFailed = errors.New("the creative has not failed")
	// ErrPrewarm says what is wrong with a Prewarm.
	ErrPrewarm = errors.New("the creative cannot be prepared ahead")
)

// The cursors of Creatives: assets come first, then jobs.
const (
	assetCursor = "a"
	jobCursor   = "j"
)

// Creatives lists what all nodes have prepared and are to prepare, in pages of up to limit.
// next is the cursor of the next page, "" after the last; "" begins.
func (c *Cache) Creatives(ctx context.Context, cursor string, limit int) (list []Status, next string, err error) {
	kind, after := assetCursor, ""
	if cursor != "" {
		kind, after = cursor[:1], cursor[1:]
	}
	if kind == assetCursor {
		assets, err := c.stock.List(ctx, after, limit)
		if err != nil {
			return nil, "", err
		}
		for i := range assets {
			s, err := c.assetStatus(ctx, &assets[i])
			if err != nil {
				return nil, "", err
			}
			list = append(list, s)
		}
		if len(assets) == limit {
			return list, assetCursor + assets[limit-1].Asset.ID, nil
		}
		after = ""
	}
	if len(list) == limit {
		return list, jobCursor, nil
	}
	waiting, err := c.jobs.List(ctx, after, limit-len(list))
	if err != nil {
		return nil, "", err
	}
	for i := range waiting {
		s, err := c.jobStatus(ctx, &waiting[i])
		if err != nil {
			return nil, "", err
		}
		list = append(list, s)
	}
	if len(list) == limit && len(waiting) > 0 {
		return list, jobCursor + waiting[len(waiting)-1].ID, nil
	}
	return list, "", nil
}

func (c *Cache) assetStatus(ctx context.Context, r *stock.Record) (Status, error) {
	u, _, err := c.stock.Use(ctx, r.Asset.ID)
	if err != nil {
		return Status{}, err
	}
	s := Status{
		ID: r.Asset.ID, Creative: egress.Redact(r.Asset.Creative), Profile: r.Asset.Profile, URL: egress.Redact(r.Source), Streaming: r.Streaming,
		State: Ready, Duration: r.Asset.Duration, Bytes: r.Bytes(), Loudness: r.Loudness, LoudnessAfter: r.After, Made: r.Made, Used: u.Used.UTC(),
		Declared: r.Declared, Renditions: readyRenditions(r),
	}
	if len(r.Loudness) > 0 {
		s.LoudnessTarget = c.opts.Loudness
	}
	return s, nil
}

func (c *Cache) jobStatus(ctx context.Context, r *jobs.Job) (Status, error) {
	s := Status{
		ID: r.ID, Creative: egress.Redact(r.Creative.Key), Profile: r.Profile, URL: egress.Redact(r.Creative.URL), Streaming: r.Creative.Streaming,
		Configuration: r.Creative.Configuration, AdServer: r.Creative.AdServer, State: Queued, Since: r.Since.UTC(),
		Declared: r.Creative.Duration,
	}
	switch {
	case !r.Waits():
		s.State, s.Reason, s.Message, s.Retry = Failed, r.Reason, r.Message, r.Retry.UTC()
	case r.Starts > 0:
		s.State = Running
	}
	switch p, err := c.profiles.Get(ctx, r.Profile); {
	case err == nil:
		s.Renditions = pendingRenditions(&p, s.State)
	case !errors.Is(err, profiles.ErrUnknown):
		return Status{}, err
	}
	return s, nil
}

// Prewarm names a creative to prepare before an ad response does.
type Prewarm struct {
	URL string `json:"url"`
	// Configuration and AdServer are those whose ad responses will have it. Others fetch
	// the file once more, and find it prepared.
	Configuration string `json:"configuration"`
	AdServer      string `json:"adServer"`
	Streaming     bool   `json:"streaming"`
	// Duration is the declared one in microseconds; 0 is unknown.
	Duration int64 `json:"duration"`
	// Profile is one to prepare it for; "" is all that are known.
	Profile string `json:"profile"`
}

// maxPrewarm is for how many profiles a creative is prepared at once.
const maxPrewarm = 20

// Prewarm queues a creative. The result is how it stands in each profile: ready, or queued
// or failed with its reason.
func (c *Cache) Prewarm(ctx context.Context, p Prewarm) ([]Status, error) {
	if !strings.HasPrefix(p.URL, "http://") && !strings.HasPrefix(p.URL, "https://") {
		return nil, fmt.Errorf("%w: url must be an http or https URL", ErrPrewarm)
	}
	if p.Configuration == "" {
		return nil, fmt.Errorf("%w: configuration is missing", ErrPrewarm)
	}
	wanted := []string{p.Profile}
	if p.Profile == "" {
		var err error
		if wanted, err = c.profiles.IDs(ctx, maxPrewarm+1); err != nil {
			return nil, err
		}
		if len(wanted) == 0 || len(wanted) > maxPrewarm {
			return nil, fmt.Errorf("%w: name a profile, because none or more than %d are known", ErrPrewarm, maxPrewarm)
		}
	} else if _, err := c.profiles.Get(ctx, p.Profile); errors.Is(err, profiles.ErrUnknown) {
		return nil, fmt.Errorf("%w: profile %q is not known", ErrPrewarm, p.Profile)
	}
	creative := avail.Creative{
		Key: "media " + p.URL, URL: p.URL, Duration: p.Duration, Configuration: p.Configuration, AdServer: strings.ToLower(p.AdServer), Streaming: p.Streaming,
	}
	list := make([]Status, 0, len(wanted))
	for _, profile := range wanted {
		s := Status{
			ID: jobs.NewWork(c.opts.Volatile, profile, creative).ID, Creative: egress.Redact(creative.Key), Profile: profile,
			URL: egress.Redact(p.URL), Configuration: p.Configuration, AdServer: creative.AdServer, Streaming: p.Streaming, State: Ready,
		}
		asset, reason := c.Lookup(ctx, profile, creative)
		switch reason {
		case "":
			s.ID, s.Duration = asset.ID, asset.Duration
		case avail.CreativeNew, avail.CreativeTranscoding:
			s.State, s.Reason = Queued, reason
		default:
			s.State, s.Reason = Failed, reason
		}
		list = append(list, s)
	}
	return list, nil
}

const (
	// purgeWait is how long Purge waits for a job or a sweep that has the lease of an asset.
	purgeWait = 5 * time.Second
	// purgePoll is how often it tries.
	purgePoll = 50 * time.Millisecond
)

// Purge removes an asset, or forgets a job that waits or has failed. An asset that was in
// use within Keep is removed by force only, because viewers whose playlists list it miss
// it then. Purge waits for seconds where a job or a sweep is busy with the asset; the error
// is ErrInUse if that does not end.
func (c *Cache) Purge(ctx context.Context, id string, force bool) error {
	for end := time.Now().Add(purgeWait); ; {
		u, version, err := c.stock.Use(ctx, id)
		if err != nil {
			return err
		}
		if version == 0 {
			return c.purgeJob(ctx, id)
		}
		if !force && c.opts.Now().Sub(u.Used) < c.opts.Keep {
			return fmt.Errorf("creative %s was in use at %s: %w", id, u.Used.UTC().Format(time.RFC3339), ErrInUse)
		}
		if removed, err := c.stock.Remove(ctx, id, version); removed || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("creative %s: %w", id, ErrInUse)
		}
		if !pause.For(ctx, purgePoll) {
			return ctx.Err()
		}
	}
}

// purgeJob forgets a job that waits or has failed.
func (c *Cache) purgeJob(ctx context.Context, id string) error {
	_, version, err := c.jobs.Read(ctx, id)
	if err != nil {
		return err
	}
	if version == 0 {
		return fmt.Errorf("creative %q: %w", id, ErrUnknownAsset)
	}
	return c.jobs.Remove(ctx, id)
}

// Retry has a failed job done again at once, by whichever node.
func (c *Cache) Retry(ctx context.Context, id string) error {
	r, version, err := c.jobs.Read(ctx, id)
	if err != nil {
		return err
	}
	if version == 0 {
		return fmt.Errorf("creative %q: %w", id, ErrUnknownAsset)
	}
	if r.Waits() {
		return fmt.Errorf("creative %s: %w", id, ErrNotFailed)
	}
	return c.jobs.Retry(ctx, id, version, r)
}

// MadeAt is when a creative was prepared for a profile, by any node; the zero time is that
// it is not, or that its source is not known.
func (c *Cache) MadeAt(ctx context.Context, profile string, creative avail.Creative) (time.Time, error) {
	known, err := c.sources.Read(ctx, c.opts.Volatile.SourceID(profile, creative))
	if err != nil || known == nil {
		return time.Time{}, err
	}
	r, err := c.stock.Record(ctx, identity.AssetID(profile, known, creative))
	if err != nil || r == nil {
		return time.Time{}, err
	}
	return r.Made, nil
}
