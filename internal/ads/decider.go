package ads

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/ads/pod"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/vast/macro"
)

// Renditions finds creatives that are prepared for a profile. An empty reason
// is a ready asset. Lookup never waits for a transcode: a creative that is
// not ready is queued and the reason says so.
type Renditions interface {
	Lookup(ctx context.Context, profile string, c avail.Creative) (*avail.Asset, avail.Reason)
}

// ErrorBeacons calls Error URLs with an error code. Report queues and returns at
// once.
type ErrorBeacons interface {
	Report(ctx context.Context, e avail.AdError, session *playback.Session)
}

// Options are what a Decider works with; Fetcher and Renditions are required.
type Options struct {
	Fetcher    adserver.Fetcher
	Renditions Renditions
	// Errors calls the Error URLs of ads that are not shown; nil calls none.
	Errors ErrorBeacons
	// Random gives 64 random bits, from any goroutine; nil is math/rand/v2.
	Random func() uint64
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log takes faults of ad servers; nil drops them.
	Log *slog.Logger
	// Metrics counts; nil counts unregistered.
	Metrics *Metrics
	// Concurrency is how many requests may be under way to one host; 0 is
	// 256. More wait for a place within their own time.
	Concurrency int
	// Nodes is how many nodes share that, this one included; nil is always 1.
	Nodes func() int
	// Turns bound the work that is done at once; nil does not.
	Turns adserver.Turns
	// ServerUA is [SERVERUA], the name of this service.
	ServerUA string
}

// Decider decides avails, from any goroutine.
type Decider struct {
	client     *adserver.Client
	renditions Renditions
	errors     ErrorBeacons
	random     func() uint64
	now        func() time.Time
	log        *slog.Logger
	metrics    *Metrics
	serverUA   string
	turns      adserver.Turns

	complaintsMu sync.Mutex
	complaints   map[complaintOf]complaint

	// writers are gzip writers that are not in use.
	writers sync.Pool
}

// New makes a Decider.
func New(o Options) *Decider {
	d := &Decider{
		renditions: o.Renditions, errors: o.Errors, random: o.Random, now: o.Now, log: o.Log,
		metrics: o.Metrics, serverUA: o.ServerUA, turns: o.Turns,
		complaints: map[complaintOf]complaint{},
	}
	if d.turns == nil {
		d.turns = noTurns{}
	}
	if d.random == nil {
		d.random = rand.Uint64
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.metrics == nil {
		d.metrics = NewMetrics(nil)
	}
	d.client = adserver.New(adserver.Options{
		Fetcher: o.Fetcher, Now: d.now, Metrics: d.metrics.requests, Turns: d.turns,
		Concurrency: o.Concurrency, Nodes: o.Nodes,
	})
	return d
}

// Decide says what fills an avail. It returns within the budget of the
// settings, and as soon as ctx is done.
func (d *Decider) Decide(ctx context.Context, r Request) avail.Decision {
	d.turns.Take()
	defer d.turns.Leave()
	if err := r.Settings.SlateFault; err != nil {
		d.log.DebugContext(ctx, "the slate can't be shown", "session", r.Session.ID, "configuration", r.Session.Configuration, "error", err)
	}
	var decision avail.Decision
	if r.Kind == KindAsset {
		decision = d.asset(ctx, &r)
	} else {
		decision = d.avail(ctx, &r)
	}
	decision.Decided = d.now().UnixMicro()
	for _, s := range decision.Skips {
		d.metrics.skips.WithLabelValues(string(s.Reason)).Inc()
	}
	d.log.DebugContext(ctx, "decided an avail", "session", r.Session.ID, "avail", r.Avail.String(),
		"items", len(decision.Items), "skips", len(decision.Skips), "reason", string(decision.Reason))
	return decision
}

// avail decides on one avail.
func (d *Decider) avail(ctx context.Context, r *Request) avail.Decision {
	var offers []pod.Offer
	var fault avail.Reason
	if r.Offers != nil {
		offers = r.Offers.Groups
	} else {
		offers, fault = d.offers(ctx, r)
	}
	o := pod.Options{
		Session: r.Session, Length: r.available(), Boundless: r.boundless(), Longest: r.longest(),
		Bumpers: d.bumpers(ctx, r), Slate: d.slate(ctx, r), Static: r.Avail.Static,
	}
	if r.Settings.SlateURL != "" && r.Available > 0 {
		o.Threshold = r.Settings.PersonalizationThreshold.Microseconds()
	}
	p := pod.New(o)
	d.fill(ctx, r, p, offers)
	decision := p.Decision(fault)
	decision.Start, decision.Asked = r.Start, r.Offers == nil && r.Settings.AdDecisionServerURL != ""
	return decision
}

// values are the macros of ad requests.
func (d *Decider) values(r *Request) *macro.Values {
	ip, agent := r.Session.Device()
	return &macro.Values{
		Now:              d.now(),
		CacheBuster:      d.random(),
		ServerSide:       macro.ByServer,
		TransactionID:    r.transaction(),
		BreakPosition:    r.position(),
		BreakMaxDuration: r.longest(),
		AdType:           "video",
		DeviceIP:         ip,
		DeviceUA:         agent,
		ServerUA:         d.serverUA,
		Known:            macro.Known(r.Session.AdsParams),
	}
}

// transaction is the request's [TRANSACTIONID].
func (r *Request) transaction() string { return macro.TransactionID(r.Session.ID, r.Avail.Key) }

// position is where what is asked for is in the content.
func (r *Request) position() macro.BreakPosition {
	switch {
	case r.PreRoll, r.Kind == KindAsset, r.Avail.Place == avail.AtStart:
		return macro.PreRoll // without a position in the answer, a VOD title's ads are pre-roll
	case r.Avail.Place == avail.AtEnd:
		return macro.PostRoll
	}
	return macro.MidRoll
}

// report calls the Error URLs of an offer's ad that is not shown. An ad that is not needed
// (a repetition in the pod, an avail that is left to content) is not an error.
func (d *Decider) report(ctx context.Context, r *Request, o *pod.Offer, urls []string, reason avail.Reason) {
	if reason == avail.RepeatedInPod || reason == avail.BelowThreshold || reason == avail.OutOfSequence {
		return
	}
	d.tell(ctx, r, avail.AdError{URLs: urls, Code: reason.VAST(), TransactionID: o.Transaction, BreakPosition: int(o.Position)})
}

// maxErrorURLs is how many Error URLs of one error are called. A wrapper's are those
// of each ad behind it: twenty thousand of them would be two million calls.
const maxErrorURLs = 50

// tell reports an error. Fields that are not set are those of the request.
func (d *Decider) tell(ctx context.Context, r *Request, e avail.AdError) {
	if d.errors == nil || len(e.URLs) == 0 {
		return
	}
	e.URLs = e.URLs[:min(len(e.URLs), maxErrorURLs)]
	e.TransactionID = cmp.Or(e.TransactionID, r.transaction())
	e.BreakPosition = cmp.Or(e.BreakPosition, int(r.position()))
	e.BreakMaxDuration = r.longest()
	d.errors.Report(ctx, e, r.Session)
}

// noTurns are Turns without a bound.
type noTurns struct{}

func (noTurns) Take()  {}
func (noTurns) Leave() {}
