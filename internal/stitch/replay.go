package stitch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/store"
)

// Replayed is what became of one answer of a bundle.
type Replayed struct {
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
func (r *Replayed) Identical() bool { return r.Err == nil && r.Line == 0 }

// Replay makes each answer of a bundle again, from the origin's playlists, the ledger
// and the session's records as they were, with the planner that the service uses. It
// asks nobody for anything. newFacts makes an empty store, told is called for each
// answer in order.
//
// Where a recorded playlist stands on the stream's timeline is not found out again: it
// depends on what all viewers of the channel were shown before, and is in the bundle.
func Replay(ctx context.Context, b *bundle.Bundle, newFacts func() store.Facts, told func(Replayed)) error {
	p := &replay{bundle: b, newFacts: newFacts, assets: map[string]*avail.Asset{}, templates: map[string]*hls.Template{}}
	for _, a := range b.Assets {
		p.assets[a.ID] = a
	}
	for i := range b.Answers {
		if err := ctx.Err(); err != nil {
			return err
		}
		a := &b.Answers[i]
		r := Replayed{Answer: a}
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

// Asset implements Assets.
func (p *replay) Asset(_ context.Context, id string) (*avail.Asset, error) {
	if a := p.assets[id]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("the bundle has no asset %s", id)
}

// answer makes one answer with the ledger at a revision.
func (p *replay) answer(ctx context.Context, a *bundle.Answer, ledger int64) ([]byte, error) {
	s, err := p.session(ctx, a, ledger)
	if err != nil {
		return nil, err
	}
	if a.Rendition < 0 || a.Rendition >= len(s.layout.Renditions) {
		return nil, fmt.Errorf("the layout has no rendition %d", a.Rendition)
	}
	v, err := p.view(a.Line, s.options)
	if err != nil {
		return nil, err
	}
	var w planning
	if a.Empty {
		emptyPlan(mediaOf(v), &w.plan)
		return mediaOf(v).Append(nil, &w.plan), nil
	}
	ref, err := p.view(a.Reference, s.options)
	if err != nil {
		return nil, err
	}
	err = s.plan(ctx, a.Rendition, ref, v, patience{now: time.UnixMicro(a.At)}, &w.plan, &w.ads)
	if errors.As(err, new(*waitFor)) {
		return nil, errors.New("the bundle has no decision on an avail that the answer shows")
	}
	if err != nil {
		return nil, err
	}
	s.prefix.apply(a.Rendition, &w.plan)
	return mediaOf(v).Append(nil, &w.plan), nil
}

// session is the session as it was when it gave an answer.
func (p *replay) session(ctx context.Context, a *bundle.Answer, ledger int64) (*session, error) {
	h := &p.bundle.Head
	facts := p.newFacts()
	var records, entries []avail.Fact
	for _, f := range p.bundle.Facts {
		switch {
		case f.Log == bundle.SessionLog && f.Rev <= a.Session:
			records = append(records, avail.Fact{Key: f.Key, Value: f.Value})
		case f.Log == bundle.LedgerLog && f.Rev <= ledger:
			entries = append(entries, avail.Fact{Key: f.Key, Value: f.Value})
		}
	}
	if _, err := facts.Create(ctx, origin.Owner(h.Layout.Stream), 0, entries...); err != nil {
		return nil, err
	}
	stream, err := origin.OpenStream(ctx, facts, h.Layout.Stream, origin.StreamOptions{})
	if err != nil {
		return nil, err
	}
	if _, err := facts.Create(ctx, sessionOwner(h.Session.ID), 0, records...); err != nil {
		return nil, err
	}
	stored, rev, err := facts.Since(ctx, sessionOwner(h.Session.ID), 0)
	if err != nil {
		return nil, err
	}
	x := &session{
		Session: h.Session, layout: &h.Layout, stream: stream, facts: facts, assets: p, replayed: true,
		now: func() time.Time { return time.UnixMicro(a.At) }, log: slog.New(slog.DiscardHandler),
		hash: h.Hash, rules: Rules{Refresh: origin.Refresh},
		options: optionsOf(h.Session), prefix: newPrefixes(assetPrefix(h.Hash), h.Hash, h.Session),
	}
	x.options.Variables = h.Variables
	return x, x.recall(stored, rev)
}

// view is a recorded view.
func (p *replay) view(hash string, o hls.Options) (*origin.View, error) {
	l, ok := p.bundle.Lines[hash]
	if !ok {
		return nil, fmt.Errorf("the bundle has no view %.12s", hash)
	}
	v := &origin.View{
		Timeline: l.Timeline, Epoch: l.Epoch, Times: l.Times, Placed: l.Placed, Target: l.Target, First: l.First,
		From: l.From, Shown: l.Shown, Rough: l.Rough, Fed: l.Fed,
	}
	if l.Body != "" {
		t, err := p.template(l.Body, o)
		if err != nil {
			return nil, err
		}
		v.Document = t
		if v.Timeline == nil {
			v.Timeline = t.Line()
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

// template is a recorded playlist, compiled.
func (p *replay) template(hash string, o hls.Options) (*hls.Template, error) {
	key := hash + playlists.Variant(o)
	if t := p.templates[key]; t != nil {
		return t, nil
	}
	body, ok := p.bundle.Bodies[hash]
	if !ok {
		return nil, fmt.Errorf("the bundle has no playlist %.12s", hash)
	}
	base, err := url.Parse(body.Base)
	if err != nil {
		return nil, fmt.Errorf("the URL of playlist %.12s: %w", hash, err)
	}
	o.Base = base
	t, err := hls.Compile([]byte(body.Text), o)
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
