package stitch

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/inspect"
	"stitcher/internal/stitch/mpds"
)

// MPDRequest asks for a session's MPD.
type MPDRequest struct {
	Configuration string
	Session       string
	// Base is the absolute URL of the viewer plane, without a slash at its end: an MPD
	// names ad segments by absolute URLs, because its BaseURL is the origin's.
	Base string
	// Location is the absolute URL of the session's MPD; "" where the MPD is to have
	// none.
	Location string
	// Connection is as in StartRequest.
	Connection string
	// Known is the tag of the state that the viewer has; 0 is none.
	Known uint64
	// Gzip asks for the MPD as one gzip member.
	Gzip bool
}

// mpdPlanning is the memory that one answer needs.
type mpdPlanning struct {
	plan dash.Plan
	gzip dash.Gzip
	// shot is what is to be recorded of the answer; it has a session where anything is.
	shot shot
	// inspected is the session where the answer is to be inspected, planned when it was
	// planned.
	inspected *session
	planned   time.Time
}

// MPDAnswer is a session's MPD.
type MPDAnswer struct {
	Body []byte
	// Tag names the state of the MPD: equal tags are equal MPDs.
	Tag uint64
	// NotModified is set, and there is no Body, where the viewer has that state.
	NotModified bool
}

// MPD appends the MPD of a session to dst.
func (s *Service) MPD(ctx context.Context, r MPDRequest, dst []byte) (MPDAnswer, error) {
	w := s.mpdPlans.Get().(*mpdPlanning)
	defer func() {
		if len(dst) > maxPooled {
			w.gzip = dash.Gzip{} // its plain text is longer still
		}
		s.mpdPlans.Put(w)
	}()
	v, err := s.mpd(ctx, r, w)
	if err != nil {
		return MPDAnswer{}, err
	}
	a := MPDAnswer{Tag: tagOf(v, &w.plan)}
	if a.Tag == r.Known {
		a.NotModified = true
	} else if w.shot.session != nil {
		w.shot.text = v.Append(nil, &w.plan)
		s.logPlaylist(w.shot.session, w.shot.ref, w.shot.n, len(w.shot.text))
		w.shot.session.recorder.offer(w.shot)
	}
	if x := w.inspected; x != nil && !a.NotModified {
		source, _ := v.Source()
		s.opt.Inspector.Offer(inspect.Manifest{
			Format: inspect.DASH, Session: x.ID, At: w.planned, Text: v.Append(nil, &w.plan), Origin: source,
		})
	}
	w.shot, w.inspected = shot{}, nil // they hold a session
	switch {
	case a.NotModified:
	case r.Gzip:
		dst = w.gzip.Append(dst, v, &w.plan)
	default:
		dst = v.Append(dst, &w.plan)
	}
	a.Body = dst
	return a, nil
}

// tagOf names what an MPD is made from: the origin's text, its edge, and the plan.
func tagOf(v *dash.View, p *dash.Plan) uint64 {
	h := xxhash.New()
	var b [8]byte
	number := func(n int64) {
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		_, _ = h.Write(b[:])
	}
	number(int64(v.Sum()))
	number(v.Sequence)
	number(v.Next())
	number(p.Published)
	number(p.Until)
	_, _ = h.WriteString(p.Location)
	for i := range p.Breaks {
		x := &p.Breaks[i]
		number(x.Start)
		number(x.Return)
		for k := range x.Items {
			number(int64(x.Items[k].Segments))
		}
	}
	return max(h.Sum64(), 1)
}

// StartMPD is the session of a request for an MPD that names none: a new one, or that
// of a player which asks for its first URL again.
func (s *Service) StartMPD(ctx context.Context, r StartRequest) (*playback.Session, error) {
	r.Protocol = playback.DASH
	key := repollKey(r.Configuration, r.Asset, r.Connection)
	if id := s.repolls.find(key, s.opt.Now()); id != "" {
		if p, err := s.Resume(ctx, r.Configuration, id); err == nil {
			return p, nil
		}
	}
	p, err := s.Start(ctx, r)
	if err == nil && key != "" {
		s.repolls.began(key, p.ID, s.opt.Now())
	}
	return p, err
}

func repollKey(configuration, asset, connection string) string {
	if connection == "" {
		return ""
	}
	return connection + "\x00" + configuration + "\x00" + asset
}

// mpd plans a session's MPD, after what it has to wait for.
func (s *Service) mpd(ctx context.Context, r MPDRequest, w *mpdPlanning) (*dash.View, error) {
	w.shot, w.inspected = shot{}, nil
	x, err := s.session(ctx, r.Configuration, r.Session)
	if err != nil {
		return nil, err
	}
	if x.protocol() != playback.DASH {
		return nil, notFound("session %s is not played in DASH", r.Session)
	}
	s.repolls.polled(repollKey(r.Configuration, x.Asset, r.Connection), x.ID)
	if c, err := s.configuration(r.Configuration); err == nil && c.Dash.MpdLocation == "DISABLED" {
		r.Location = ""
	}
	var v *dash.View
	err = s.answer(ctx, x, func(p patience) error {
		taken := s.opt.Now()
		ref, err := s.mpdView(ctx, x)
		if err != nil {
			return err
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		defer x.leaveTurn()
		if p.waited {
			x.takeTurn(ctx)
		}
		since := x.stream.Revision()
		now, err := x.settled(ctx, ref, p)
		if err != nil {
			return err
		}
		if s.aged(taken, p) {
			return errMoved
		}
		x.answered = true
		v = ref.Document.(*dash.View)
		x.planMPD(now, v, r, p.now, &w.plan)
		if x.inspected {
			w.inspected, w.planned = x, s.opt.Now()
		}
		if x.recorder != nil {
			w.shot = shot{
				session: x, at: p.now, n: x.layout.Reference, ref: ref, v: ref, rev: x.rev, since: since,
				ledger: x.stream.Revision(), mpd: &bundle.MPD{Base: r.Base, Location: r.Location},
			}
		}
		s.after(x, ref, x.foldDue(ref))
		return nil
	})
	return v, err
}

// mpdView fetches the session's MPD, if it is due, and places it.
func (s *Service) mpdView(ctx context.Context, x *session) (*origin.View, error) {
	if err := x.stream.Follow(ctx, s.opt.Now()); err != nil {
		s.opt.Log.Warn("read new entries of a ledger", "session", x.ID, "err", err)
	}
	name := x.layout.Renditions[x.layout.Reference].Name
	if _, begun := x.stream.Feeder(); !begun {
		if err := x.stream.Begin(ctx, name); err != nil {
			return nil, err
		}
	}
	// Whatever Representation began the timeline, an MPD has only one.
	name, _ = x.stream.Feeder()
	for attempt := 0; ; attempt++ {
		t, err := s.mpdTemplate(ctx, x, attempt > 0)
		if err != nil {
			return nil, err
		}
		v, err := x.stream.Accept(ctx, name, mpds.Variant(x.mpdOptions()), t.At(s.opt.Now().UnixMicro()), s.opt.Now())
		if v != nil && x.stream.Behind(name, v) {
			if v, err = s.publishedMPD(ctx, x, name); err == nil {
				return v, nil
			}
		} else if err == nil || v != nil && ctx.Err() == nil {
			return v, nil // where the store fails, too, the last good one serves
		}
		if errors.Is(err, ledger.ErrEmpty) {
			return nil, &Error{Status: 503, Type: "LoadShed", Public: "the origin's MPD has no segments", Err: err}
		}
		if !errors.Is(err, ledger.ErrOlder) && !errors.Is(err, ledger.ErrUnsettled) && !errors.Is(err, ledger.ErrRaced) {
			return nil, err
		}
		if attempt == 3 {
			return nil, errOutOfStep
		}
		if !sleep(ctx, stepPause) {
			return nil, ctx.Err()
		}
	}
}

// mpdTemplate is the session's MPD, compiled, with the starts that were published.
func (s *Service) mpdTemplate(ctx context.Context, x *session, force bool) (*dash.Template, error) {
	var earlier *dash.Template
	if name, begun := x.stream.Feeder(); begun {
		if v := x.stream.Newest(name); v != nil {
			earlier = v.Document.(*dash.View).Template
		}
	}
	t, err := mpds.Template(ctx, s.opt.Manifests, x.Template, x.mpdOptions(), earlier, force)
	if err != nil {
		return nil, err
	}
	edge := t.Edge(s.opt.Now().UnixMicro())
	if as := t.PublishedAs(x.stream, edge); as != nil {
		return as, nil
	}
	p, dropped, same, err := pastOf(ctx, x.stream, t, earlier, edge)
	if err != nil {
		return nil, err
	}
	as := t
	if !same {
		as, err = mpds.Pinned(ctx, s.opt.Manifests, x.Template, x.mpdOptions(), earlier, &p, dropped, func() *dash.Template {
			return publishedLast(ctx, x.stream, earlier)
		})
		if err != nil {
			return nil, err
		}
	}
	t.Publish(x.stream, edge, as)
	return as, nil
}

// publishedMPD is the newest state of the MPD that another node has published.
func (s *Service) publishedMPD(ctx context.Context, x *session, name string) (*origin.View, error) {
	body, base, err := x.stream.Shared(ctx, name)
	if err != nil || body == nil {
		return nil, cmp.Or(err, ledger.ErrOlder)
	}
	mpds.Offer(s.opt.Manifests, x.Template, body, base)
	t, err := s.mpdTemplate(ctx, x, false)
	if err != nil {
		return nil, err
	}
	v, err := x.stream.Accept(ctx, name, mpds.Variant(x.mpdOptions()), t.At(s.opt.Now().UnixMicro()), s.opt.Now())
	if err != nil {
		return nil, err
	}
	if x.stream.Behind(name, v) {
		return nil, ledger.ErrOlder
	}
	return v, nil
}

// protocol is the format that the session is played in.
func (s *session) protocol() playback.Protocol { return cmp.Or(s.Protocol, playback.HLS) }

// mpdOptions compile the session's MPDs.
func (s *session) mpdOptions() presentation.Options {
	return presentation.Options{
		ContentFrom: s.options.ContentFrom, ContentTo: s.options.ContentTo, Query: s.options.Query, Passthrough: s.options.Passthrough,
		SinglePeriod: s.SinglePeriod,
	}
}

// planMPD says what the session's MPD consists of at a time.
func (s *session) planMPD(now state, v *dash.View, r MPDRequest, at time.Time, plan *dash.Plan) {
	*plan = dash.Plan{
		Now: at.UnixMicro(), ID: s.ID, Location: r.Location, Breaks: plan.Breaks[:0],
	}
	s.planBreaks(now, v, r, plan)
	plan.Published = now.published(v)
}

// planBreaks says which pods the MPD has, and up to where it lists content.
func (s *session) planBreaks(now state, v *dash.View, r MPDRequest, plan *dash.Plan) {
	if !now.ref.Ended {
		// What the reference has not shown yet may turn out to be an avail, in sound
		// too.
		plan.Until = now.ref.Edge()
	}
	if now.hold.active {
		plan.Until = now.hold.time
	}
	// The content after a pod is a Period of its own for as long as the origin's
	// Period lasts, so the last pod that has left the window counts too.
	if last := &now.run.base; last.Return != 0 {
		plan.Breaks = append(plan.Breaks, dash.Break{ID: strconv.FormatInt(last.Pod, 10), Start: last.Start, Return: last.Return})
	}
	media := ""
	for i := range now.run.fills {
		f := &now.run.fills[i]
		if f.empty() {
			continue
		}
		if f.listed == 0 {
			plan.Until = min(plan.Until, f.time) // its ads are still to come
			return
		}
		if f.pod == nil || f.back != unknown && f.backTime <= now.ref.Start() && !now.ref.Ended {
			plan.Breaks = append(plan.Breaks[:0], dash.Break{ID: strconv.FormatInt(f.key.Sequence, 10), Start: f.time, Return: f.backTime})
			continue // it has left the window
		}
		if !now.ref.Ended && !v.Covers(f.time) {
			// Sound that is published later than the picture is still to come.
			plan.Until = min(plan.Until, f.time)
			return
		}
		if media == "" {
			media = s.adMedia(r.Base)
		}
		plan.Breaks = append(plan.Breaks, s.mpdBreak(f, media))
	}
}

// published is publishTime: it grows with every change (U3). The content's progress does
// not tell of decisions, of listed ads and of content that is listed while a decision is
// awaited, so in the window each decision and each ad segment adds a microsecond, and such
// content a thousandth of its time. What leaves the window takes that away, while the edge
// moves by a segment.
func (s *state) published(v *dash.View) int64 {
	steps := int64(0)
	if s.hold.active {
		steps += max(0, s.hold.time-s.hold.avail) / 1000
	}
	for i := range s.run.fills {
		f := &s.run.fills[i]
		if f.time <= s.ref.Start() && (f.empty() || f.back != unknown && f.backTime <= s.ref.Start()) {
			continue
		}
		content := f.time
		if f.empty() {
			content = v.KnownTo()
		}
		steps += 1 + int64(f.listed) + max(0, content-f.key.Sequence)/1000
		if f.back != unknown {
			steps++
		}
	}
	return max(v.Published(), v.Progress()) + steps
}

// mpdBreak is a pod as Periods. The URLs of all items begin with media.
func (s *session) mpdBreak(f *fill, media string) dash.Break {
	b := dash.Break{ID: strconv.FormatInt(f.key.Sequence, 10), Start: f.time, Return: -1}
	if f.back != unknown {
		b.Return = f.backTime
	}
	left, at := f.listed, f.time
	for n := 0; left > 0; n++ {
		a := f.pod.item(n)
		if a == nil {
			break
		}
		segments := f.pod.segments(a)
		k := min(left, len(segments))
		if k == 0 {
			break
		}
		b.Items = append(b.Items, dash.Item{
			Start: at, Segments: k, Asset: a, Media: media + b.ID + "_" + strconv.Itoa(n), Tracks: s.mpd.Names,
			Signal: f.pod.signal(n), SignalScheme: s.Signaling,
		})
		for i := range segments {
			at += segments[i].Duration
		}
		left -= k
	}
	return b
}

// adMedia is what the URLs of all items' segments begin with.
func (s *session) adMedia(base string) string {
	return base + "/v1/dashsegment/" + s.hash + "/" + url.PathEscape(s.Configuration) + "/" + s.ID + "/"
}

// DASHSegmentRequest asks for an ad segment of an MPD.
type DASHSegmentRequest struct {
	Configuration, Session string
	// Avail is the position of the avail, Item the index of the item in its pod.
	Avail int64
	Item  int
	// Track is the name of the ad's rendition.
	Track string
	// Segment is the segment's number, which counts from 1; 0 is the initialization
	// section.
	Segment int
	// Probe is set for requests that show nothing to anyone (HEAD).
	Probe bool
}

// DASHSegment is the file of an ad segment. The beacons that its request implies are
// durable on return.
func (s *Service) DASHSegment(ctx context.Context, r DASHSegmentRequest) (string, error) {
	x, err := s.session(ctx, r.Configuration, r.Session)
	if err != nil {
		return "", err
	}
	if x.protocol() != playback.DASH {
		return "", notFound("session %s is not played in DASH", r.Session)
	}
	n := x.trackNumber(r.Track)
	if n < 0 {
		return "", notFound("session %s has no ad rendition %q", r.Session, r.Track)
	}
	file, t, err := s.locateItem(ctx, x, r)
	if err != nil {
		return "", err
	}
	return s.served(ctx, x, n, file, t, r.Probe)
}

// trackNumber is the rendition whose ads have a name; -1 without.
func (s *session) trackNumber(track string) int {
	for n := range s.layout.Renditions {
		if s.layout.Renditions[n].Track == track {
			return n
		}
	}
	return -1
}

func (s *Service) locateItem(ctx context.Context, x *session, r DASHSegmentRequest) (string, avail.Trigger, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.leaveTurn() // records are written in a turn
	f := x.podOf(r.Avail)
	if f == nil {
		// After a restart the runs are made by the first request for the MPD, and a
		// player that resumes in the middle of an ad asks for segments first.
		if err := s.reviveMPD(ctx, x); err != nil {
			return "", avail.Trigger{}, s.fault(err, x.Session)
		}
		f = x.podOf(r.Avail)
	}
	if f == nil {
		return "", avail.Trigger{}, notFound("session %s has no ads in avail %d", x.ID, r.Avail)
	}
	p, err := x.podIn(ctx, f)
	if err != nil {
		return "", avail.Trigger{}, notFound("the ad segment is no longer there")
	}
	a := p.item(r.Item)
	if a == nil || r.Item < 0 {
		return "", avail.Trigger{}, notFound("avail %d has no item %d", r.Avail, r.Item)
	}
	rendition := a.Rendition(r.Track)
	if rendition == nil || r.Segment < 0 || r.Segment > len(rendition.Segments) || r.Segment == 0 && rendition.Init == "" {
		return "", avail.Trigger{}, notFound("item %d of avail %d has no segment %d", r.Item, r.Avail, r.Segment)
	}
	if r.Segment == 0 {
		return a.ID + "/" + rendition.Init, avail.Trigger{}, nil
	}
	file, t := x.segmentOf(f.key, p, r.Item, rendition, r.Segment-1, x.shown(f, p, r.Item))
	return file, t, nil
}

// shown is how much of an item is shown before content returns.
func (s *session) shown(f *fill, p *pod, item int) int64 {
	room := noLimit
	if sp := s.span(f.key); sp != nil {
		room = f.room(sp)
	}
	for n := range item {
		for _, x := range p.segments(p.item(n)) {
			room -= x.Duration
		}
	}
	return room
}

// podOf is the pod of the avail at a position, nil where it has none.
func (s *session) podOf(position int64) *fill {
	for k := len(s.runs) - 1; k >= 0; k-- {
		if f := s.runs[k].find(position); f != nil && !f.empty() {
			return f
		}
	}
	return nil
}

// reviveMPD rebuilds a session's runs from its records.
func (s *Service) reviveMPD(ctx context.Context, x *session) error {
	ref, err := s.mpdView(ctx, x)
	if err != nil {
		return err
	}
	if s.opt.Shared {
		if err := x.read(ctx); err != nil {
			return err
		}
	}
	for range maxReplans {
		_, err = x.settled(ctx, ref, patience{now: s.opt.Now()})
		if !errors.Is(err, errMoved) {
			break
		}
	}
	if errors.As(err, new(*waitFor)) || errors.Is(err, errOutOfStep) {
		return nil // what was decided is there; what was not has no segments
	}
	return err
}
