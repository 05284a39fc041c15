// Package replay makes the answers of a recorded session again.
package replay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/mpdplan"
	"stitcher/internal/stitch/mpds"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store"
)

// Result is what became of one answer of a bundle.
type Result struct {
	Answer *bundle.Answer
	// Err is why it could not be made again.
	Err error
	// Line is the number of the first line that differs, counted from 1; 0 is that the
	// answers are identical. Then and Now are that line as it was and as it is; "" is
	// that there is none.
	Line      int
	Then, Now string
}

// Identical is whether the answer is what it was.
func (r *Result) Identical() bool { return r.Err == nil && r.Line == 0 }

// Run makes each answer of a bundle again, from the origin's playlists, the ledger
// and the session's records as they were, with the planner that the service uses. It
// asks no origin, ad server or store. newFacts makes an empty store, told is called for each
// answer in order.
//
// Where a recorded playlist stands on the stream's timeline is not found out again: it
// depends on what all viewers of the channel were shown before, and is in the bundle.
func Run(ctx context.Context, b *bundle.Bundle, newFacts func() store.Facts, told func(Result)) error {
	p := &replay{
		bundle: b, newFacts: newFacts, assets: map[string]*avail.Asset{},
		templates: map[string]*hls.Template{}, mpds: map[string]*dash.Template{}, options: playlists.OptionsOf(b.Head.Session),
		prefix: hlsplan.NewPrefixes(hlsplan.AssetPrefix(b.Head.Hash), b.Head.Hash, b.Head.Session),
	}
	p.options.Variables = b.Head.Variables
	for _, a := range b.Assets {
		p.assets[a.ID] = a
	}
	for i := range b.Answers {
		if err := ctx.Err(); err != nil {
			return err
		}
		a := &b.Answers[i]
		r := Result{Answer: a}
		var text []byte
		// The ledger may have been written to while the answer was planned: which of
		// its states the planner read is not known.
		for rev := a.Ledger; ; rev = p.before(rev) {
			if text, r.Err = p.answer(ctx, a, rev); r.Err == nil {
				r.Line, r.Then, r.Now = firstDifference(a.Text, string(text))
			}
			if r.Identical() || rev <= a.Since {
				break
			}
		}
		told(r)
	}
	return nil
}

// replay makes the answers of a bundle.
type replay struct {
	bundle    *bundle.Bundle
	newFacts  func() store.Facts
	assets    map[string]*avail.Asset
	templates map[string]*hls.Template
	mpds      map[string]*dash.Template
	// options compile the session's playlists.
	options hls.Options
	prefix  hlsplan.Prefixes
}

// before is the revision of the ledger before a write.
func (p *replay) before(rev int64) int64 {
	var last int64
	for _, f := range p.bundle.Facts {
		if f.Log == bundle.LedgerLog && f.Rev < rev {
			last = max(last, f.Rev)
		}
	}
	return last
}

// Asset implements contents.Assets.
func (p *replay) Asset(_ context.Context, id string) (*avail.Asset, error) {
	if a := p.assets[id]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("the bundle has no asset %s", id)
}

// answer makes one answer with the ledger at a revision.
func (p *replay) answer(ctx context.Context, a *bundle.Answer, upTo int64) ([]byte, error) {
	s, err := p.session(ctx, a, upTo)
	if err != nil {
		return nil, err
	}
	if a.MPD != nil {
		return p.mpd(ctx, s, a)
	}
	if a.Rendition < 0 || a.Rendition >= len(s.Layout.Renditions) {
		return nil, fmt.Errorf("the layout has no rendition %d", a.Rendition)
	}
	v, err := p.view(a.Line)
	if err != nil {
		return nil, err
	}
	var plan hls.Plan
	if a.Empty {
		hlsplan.Empty(hlsplan.TemplateOf(v), &plan)
		return hlsplan.TemplateOf(v).Append(nil, &plan), nil
	}
	ref, err := p.view(a.Reference)
	if err != nil {
		return nil, err
	}
	err = s.Plan(ctx, a.Rendition, ref, v, stitch.Patience{Now: time.UnixMicro(a.At)}, &plan, new(hlsplan.Pool))
	if errors.As(err, new(*stitch.Wait)) {
		return nil, errors.New("the bundle has no decision on an avail that the answer shows")
	}
	if err != nil {
		return nil, err
	}
	p.prefix.Apply(a.Rendition, &plan)
	return hlsplan.TemplateOf(v).Append(nil, &plan), nil
}

// session is the session as it was when it gave an answer.
func (p *replay) session(ctx context.Context, a *bundle.Answer, upTo int64) (*stitch.Playback, error) {
	h := &p.bundle.Head
	facts := p.newFacts()
	var recorded, entries []avail.Fact
	for _, f := range p.bundle.Facts {
		switch {
		case f.Log == bundle.SessionLog && f.Rev <= a.Session:
			recorded = append(recorded, avail.Fact{Key: f.Key, Value: f.Value})
		case f.Log == bundle.LedgerLog && f.Rev <= upTo:
			entries = append(entries, avail.Fact{Key: f.Key, Value: f.Value})
		}
	}
	if _, err := facts.Create(ctx, ledger.Owner(h.Layout.Stream), 0, entries...); err != nil {
		return nil, err
	}
	stream, err := ledger.Open(ctx, facts, h.Layout.Stream, ledger.Options{})
	if err != nil {
		return nil, err
	}
	if _, err := facts.Create(ctx, records.SessionOwner(h.Session.ID), 0, recorded...); err != nil {
		return nil, err
	}
	stored, rev, err := facts.Since(ctx, records.SessionOwner(h.Session.ID), 0)
	if err != nil {
		return nil, err
	}
	env := &stitch.Env{
		Now: func() time.Time { return time.UnixMicro(a.At) }, Log: slog.New(slog.DiscardHandler), Refresh: manifests.Refresh,
	}
	return stitch.New(env, &stitch.Options{
		Session: h.Session, Layout: &h.Layout, Stream: stream, Facts: facts, Assets: p, Replayed: true,
	}, stored, rev)
}

// mpd makes one MPD.
func (p *replay) mpd(ctx context.Context, s *stitch.Playback, a *bundle.Answer) ([]byte, error) {
	if p.bundle.Head.Session.Protocol != playback.DASH {
		return nil, errors.New("the session is not played in DASH and the answer is an MPD")
	}
	ref, err := p.view(a.Line)
	if err != nil {
		return nil, err
	}
	at := time.UnixMicro(a.At)
	now, err := s.Settled(ctx, ref, stitch.Patience{Now: at})
	if err != nil {
		return nil, err
	}
	v, ok := ref.Document.(*dash.View)
	if !ok {
		return nil, fmt.Errorf("the view %.12s is of no MPD", a.Line)
	}
	var plan dash.Plan
	mpdplan.Plan(mpdplan.Input{
		Session: s.Session, Names: p.bundle.Head.Tracks, Hash: p.bundle.Head.Hash, Base: a.MPD.Base, Location: a.MPD.Location,
	}, now, v, at, &plan)
	return v.Append(nil, &plan), nil
}

// view is a recorded view.
func (p *replay) view(hash string) (*origin.View, error) {
	l, ok := p.bundle.Lines[hash]
	if !ok {
		return nil, fmt.Errorf("the bundle has no view %.12s", hash)
	}
	v := &origin.View{
		Timeline: l.Timeline, Epoch: l.Epoch, Times: l.Times, Placed: l.Placed, Target: l.Target, First: l.First,
		From: l.From, Shown: l.Shown, Rough: l.Rough, Fed: l.Fed,
	}
	if l.Body != "" {
		if err := p.document(v, &l); err != nil {
			return nil, err
		}
		if v.Timeline == nil {
			v.Timeline = v.Document.Line()
		}
	}
	if v.Timeline == nil {
		return nil, fmt.Errorf("the view %.12s has no timeline", hash)
	}
	if n := len(v.Segments); n > 0 && len(v.Times) != n+1 {
		return nil, fmt.Errorf("the view %.12s has %d times for %d segments", hash, len(v.Times), n)
	}
	return v, nil
}

// document compiles the recorded playlist or MPD of a view.
func (p *replay) document(v *origin.View, l *bundle.Line) error {
	if p.bundle.Head.Session.Protocol != playback.DASH {
		t, err := p.template(l.Body, p.options)
		if err != nil {
			return err
		}
		v.Document = t
		return nil
	}
	t, err := p.mpdTemplate(l.Body, mpds.OptionsOf(p.bundle.Head.Session))
	if err != nil {
		return err
	}
	v.Document = t.Until(l.Edge)
	return nil
}

// mpdTemplate is a recorded MPD, compiled.
func (p *replay) mpdTemplate(hash string, o presentation.Options) (*dash.Template, error) {
	if t := p.mpds[hash]; t != nil {
		return t, nil
	}
	text, base, err := p.body(hash)
	if err != nil {
		return nil, err
	}
	o.Base, o.Fit = base, mpds.Fit
	t, err := dash.Compile(text, o)
	if err != nil {
		return nil, fmt.Errorf("MPD %.12s: %w", hash, err)
	}
	p.mpds[hash] = t
	return t, nil
}

// body is a recorded playlist or MPD, and where it came from.
func (p *replay) body(hash string) (text []byte, base *url.URL, err error) {
	body, ok := p.bundle.Bodies[hash]
	if !ok {
		return nil, nil, fmt.Errorf("the bundle has no manifest %.12s", hash)
	}
	if base, err = url.Parse(body.Base); err != nil {
		return nil, nil, fmt.Errorf("the URL of manifest %.12s: %w", hash, err)
	}
	return []byte(body.Text), base, nil
}

// template is a recorded playlist, compiled.
func (p *replay) template(hash string, o hls.Options) (*hls.Template, error) {
	key := hash + playlists.Variant(o)
	if t := p.templates[key]; t != nil {
		return t, nil
	}
	text, base, err := p.body(hash)
	if err != nil {
		return nil, err
	}
	o.Base = base
	t, err := hls.Compile(text, o)
	if err != nil {
		return nil, fmt.Errorf("playlist %.12s: %w", hash, err)
	}
	p.templates[key] = t
	return t, nil
}

// firstDifference is the first line in which two texts differ, counted from 1; 0 is
// that they do not.
func firstDifference(then, now string) (line int, a, b string) {
	for line = 1; then != now; line++ {
		if then == "" || now == "" {
			a, _, _ = strings.Cut(then, "\n")
			b, _, _ = strings.Cut(now, "\n")
			return line, a, b
		}
		i, j := strings.IndexByte(then, '\n')+1, strings.IndexByte(now, '\n')+1
		if i == 0 {
			i = len(then)
		}
		if j == 0 {
			j = len(now)
		}
		if then[:i] != now[:j] {
			return line, then[:i], now[:j]
		}
		then, now = then[i:], now[j:]
	}
	return 0, "", ""
}
