// Package explain says why the avails of a session looked as they did.
package explain

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/manifest/scte35"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/ledger/unread"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/journal"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/records"
)

// ErrNoSession says that there is no session of an id, or none any more.
var ErrNoSession = errors.New("the session does not exist")

// Session says why a session's avails looked as they did. There is no secret, no
// consent string and no full address of a viewer in it (design §9).
type Session struct {
	ID            string    `json:"id"`
	Configuration string    `json:"configuration"`
	Asset         string    `json:"asset"`
	Created       time.Time `json:"created"`
	Reporting     string    `json:"reporting"`
	// Protocol is the format of the session's manifests, Device the class of the
	// viewer's device; "" in records of earlier versions.
	Protocol playback.Protocol    `json:"protocol,omitempty"`
	Device   playback.DeviceClass `json:"device,omitempty"`
	// Network is the viewer's address without its last part.
	Network   string `json:"network,omitempty"`
	UserAgent string `json:"userAgent,omitempty"`
	// Parameters are the names of the player's parameters.
	Parameters []string `json:"parameters,omitempty"`
	Avails     []Avail  `json:"avails"`
	// Content is what ads have to be like.
	Content *Content `json:"content,omitempty"`
	// Overlays are the newest overlay avails that the stream announced (SCTE 35 type
	// 0x38). Nothing is stitched for them.
	Overlays []Overlay `json:"overlays,omitempty"`
	// UnreadMarkers are the stream's newest markers that could not be understood,
	// with the reason marker_unreadable.
	UnreadMarkers unread.Markers `json:"unreadMarkers,omitempty"`
}

// Avail is one avail of a session.
type Avail struct {
	Avail avail.Avail `json:"avail"`
	// Summary tells in a sentence what became of it.
	Summary string `json:"summary"`
	// End is the reference sequence number of the first segment after it, Cause
	// what ended it; absent while it is open or no longer known.
	End   int64           `json:"end,omitempty"`
	Cause origin.EndCause `json:"cause,omitempty"`
	// Signal is the SCTE-35 section, decoded.
	Signal      *scte35.Cue `json:"signal,omitempty"`
	SignalError string      `json:"signalError,omitempty"`
	// Record is how the decision came about.
	Record *records.DecisionRecord `json:"record,omitempty"`
	// Decision is what was shown, Settlement where content returned; absent
	// while that is not decided.
	Decision   *avail.Decision   `json:"decision,omitempty"`
	Settlement *avail.Settlement `json:"settlement,omitempty"`
	// Skipped are the ads that were offered and not shown, with the names that
	// MediaTailor and VAST have for why.
	Skipped []SkippedAd `json:"skipped,omitempty"`
	// Beacons are the attempts at its tracking URLs, in order.
	Beacons []journal.Call `json:"beacons,omitempty"`
}

// SkippedAd is an ad that was not shown.
type SkippedAd struct {
	avail.Skip
	MediaTailor string `json:"mediaTailor"`
	VAST        int    `json:"vastErrorCode"`
	// Ready is when its creative, which was not prepared, became ready.
	Ready time.Time `json:"ready,omitzero"`
}

// Explainer explains sessions.
type Explainer struct {
	// Layout is the layout of a session, Stream the stream of an id.
	Layout func(ctx context.Context, p *playback.Session) (*layouts.Layout, error)
	Stream func(ctx context.Context, id string) (*ledger.Stream, error)
	// Profiles are the content profiles.
	Profiles *contents.Profiler
	// Recordings are those of sessions that are over; nil is that none is recorded.
	Recordings *recording.Recorder
	// Prepared tells when creatives that were skipped became ready; nil tells nothing.
	Prepared Prepared
}

// Explain gathers what the store knows of a session, of one too that is over for
// up to an hour. Of one that was recorded it tells for as long as the recording is kept.
func (e *Explainer) Explain(ctx context.Context, past records.Past, id string) (*Session, error) {
	stored, err := past.Recall(ctx, records.SessionOwner(id))
	if err != nil {
		return nil, fmt.Errorf("read session %s: %w", id, err)
	}
	p := &playback.Session{}
	for _, f := range stored {
		if f.Key == records.SessionKey {
			if err := json.Unmarshal(f.Value, p); err != nil {
				return nil, fmt.Errorf("session %s: %w", id, err)
			}
		}
	}
	if p.ID == "" {
		return e.explainRecorded(ctx, past, id)
	}
	// All avails are told, those too that are summed up.
	stored = slices.DeleteFunc(stored, func(f avail.Fact) bool { return f.Key == records.FoldKey })
	x, err := known.Read(stored)
	if err != nil {
		return nil, fmt.Errorf("session %s: %w", id, err)
	}
	decisions, err := past.Recall(ctx, records.DecisionsOwner(id))
	if err != nil {
		return nil, fmt.Errorf("read records of session %s: %w", id, err)
	}
	out := explanationOf(p)
	spans, stream, err := e.spansOf(ctx, p, x)
	if err != nil {
		return nil, err
	}
	if out.Overlays, err = explainOverlays(ctx, past, p, stream.Overlays()); err != nil {
		return nil, err
	}
	out.UnreadMarkers = stream.Unread()
	for i := range out.UnreadMarkers {
		line := &out.UnreadMarkers[i].Line
		*line = redact.Text(*line, p)
	}
	if out.Content, err = e.explainContent(ctx, p); err != nil {
		return nil, err
	}
	byKey := map[avail.Key]*records.DecisionRecord{}
	for _, f := range decisions {
		key, err := avail.ParseKey(f.Key)
		if err != nil {
			return nil, err
		}
		if byKey[key], err = records.Unpack(f.Value); err != nil {
			return nil, err
		}
	}
	if err := e.explainAvails(ctx, past, out, &told{p, x, stored, spans, byKey}); err != nil {
		return nil, err
	}
	return out, nil
}

// explanationOf is what the session itself says.
func explanationOf(p *playback.Session) *Session {
	return &Session{
		ID: p.ID, Configuration: p.Configuration, Asset: p.Asset, Created: p.Created, Reporting: p.Reporting,
		Protocol: p.Protocol, Device: p.Class,
		Network: playback.Network(p.Viewer.IP), UserAgent: p.Viewer.UserAgent,
		Parameters: slices.Sorted(maps.Keys(p.AdsParams)), Avails: []Avail{},
	}
}

// told is what is known of a session: its records, the avails of its stream, and how its
// decisions came about.
type told struct {
	session *playback.Session
	// records are what the session's records tell.
	records *known.Records
	stored  []avail.Fact
	spans   map[avail.Key]*origin.Span
	decided map[avail.Key]*records.DecisionRecord
}

// explainAvails adds the avails to an explanation.
func (e *Explainer) explainAvails(ctx context.Context, past records.Past, out *Session, t *told) error {
	x, p := t.records, t.session
	unknown := func(key avail.Key) {
		if t.spans[key] == nil {
			t.spans[key] = &origin.Span{Avail: avail.Avail{Key: key}, End: origin.Open}
		}
	}
	for i := range x.Decisions {
		unknown(x.Decisions[i].Key)
	}
	for key := range t.decided {
		if key.Sequence >= 0 {
			unknown(key)
		}
	}
	accounts, err := accountsOf(t.stored)
	if err != nil {
		return fmt.Errorf("session %s: %w", p.ID, err)
	}
	calls, err := journal.Read(ctx, past, p.ID)
	if err != nil {
		return err
	}
	for key, sp := range t.spans {
		a := explain(p, x, key, sp, t.decided)
		var ready []time.Time
		if d, ok := x.Decisions.Get(key); ok && out.Content != nil {
			if ready, err = e.readyTimes(ctx, p, out.Content.Profile, &d); err != nil {
				return err
			}
			for i := range a.Skipped {
				a.Skipped[i].Ready = ready[i]
			}
		}
		a.Summary, a.Beacons = sentence(accounts[key], a.Decision, ready), calls[key]
		out.Avails = append(out.Avails, a)
	}
	slices.SortFunc(out.Avails, func(a, b Avail) int {
		return cmp.Or(cmp.Compare(a.Avail.Epoch, b.Avail.Epoch), cmp.Compare(a.Avail.Sequence, b.Avail.Sequence))
	})
	return nil
}

// accountsOf are the accounts among the records of a session.
func accountsOf(stored []avail.Fact) (map[avail.Key]*avail.Account, error) {
	accounts := map[avail.Key]*avail.Account{}
	for _, f := range stored {
		name, ok := strings.CutPrefix(f.Key, "account/")
		if !ok {
			continue
		}
		key, err := avail.ParseKey(name)
		if err != nil {
			return nil, err
		}
		a := &avail.Account{}
		if err := json.Unmarshal(f.Value, a); err != nil {
			return nil, fmt.Errorf("account of avail %s: %w", name, err)
		}
		accounts[key] = a
	}
	return accounts, nil
}

// spansOf are the avails that a session has come to, as the ledger knows them,
// and the stream.
func (e *Explainer) spansOf(ctx context.Context, p *playback.Session, x *known.Records) (map[avail.Key]*origin.Span, *ledger.Stream, error) {
	spans := map[avail.Key]*origin.Span{}
	l, err := e.Layout(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	stream, err := e.Stream(ctx, l.Stream)
	if err != nil {
		return nil, nil, err
	}
	for _, begun := range x.Begins {
		for _, sp := range stream.Spans(begun.Key) {
			if _, ok := x.Decisions.Get(sp.Key); ok {
				spans[sp.Key] = sp
			}
		}
	}
	for _, o := range x.Own {
		spans[o.Key] = o.Span
	}
	return spans, stream, nil
}

// explain tells of one avail; a pre-roll's record is kept under the number -1.
func explain(p *playback.Session, x *known.Records, key avail.Key, sp *origin.Span, decided map[avail.Key]*records.DecisionRecord) Avail {
	a := Avail{Avail: sp.Avail, Record: decided[key]}
	if sp.End != origin.Open {
		a.End, a.Cause = sp.End, sp.Cause
	}
	for _, o := range x.Own {
		if o.Span == sp && !o.Static {
			a.Record = decided[avail.Key{Epoch: key.Epoch, Sequence: records.EntrySequence}]
		}
	}
	if sp.Cue != "" {
		cue, err := scte35.DecodeString(sp.Cue)
		if err != nil {
			a.SignalError = err.Error()
		}
		if err == nil || errors.Is(err, scte35.ErrChecksum) {
			a.Signal = &cue
		}
	}
	if r := a.Record; r != nil {
		r.Answer = redact.Decision(r.Answer, p)
	}
	if d, ok := x.Decisions.Get(key); ok {
		d = redact.Decision(d, p)
		a.Decision = &d
		for _, skip := range d.Skips {
			a.Skipped = append(a.Skipped, SkippedAd{Skip: skip, MediaTailor: skip.MediaTailor(), VAST: skip.Reason.VAST()})
		}
	}
	if st, ok := x.Settlements.Get(key); ok {
		a.Settlement = &st
	}
	return a
}
