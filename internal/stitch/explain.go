package stitch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/manifest/scte35"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
)

// ErrNoSession says that there is no session of an id, or none any more.
var ErrNoSession = errors.New("the session does not exist")

// Explanation says why a session's avails looked as they did. There is no secret, no
// consent string and no full address of a viewer in it (design §9).
type Explanation struct {
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
	Parameters []string           `json:"parameters,omitempty"`
	Avails     []AvailExplanation `json:"avails"`
	// Content is what ads have to be like.
	Content *ContentExplanation `json:"content,omitempty"`
	// Overlays are the newest overlay avails that the stream announced (SCTE 35 type
	// 0x38). Nothing is stitched for them.
	Overlays []OverlayExplanation `json:"overlays,omitempty"`
	// UnreadMarkers are the stream's newest markers that could not be understood,
	// with the reason marker_unreadable.
	UnreadMarkers []ledger.Unread `json:"unreadMarkers,omitempty"`
}

// AvailExplanation is one avail of a session.
type AvailExplanation struct {
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
	Record *Record `json:"record,omitempty"`
	// Decision is what was shown, Settlement where content returned; absent
	// while that is not decided.
	Decision   *avail.Decision   `json:"decision,omitempty"`
	Settlement *avail.Settlement `json:"settlement,omitempty"`
	// Skipped are the ads that were offered and not shown, with the names that
	// MediaTailor and VAST have for why.
	Skipped []SkippedAd `json:"skipped,omitempty"`
	// Beacons are the attempts at its tracking URLs, in order.
	Beacons []BeaconCall `json:"beacons,omitempty"`
}

// SkippedAd is an ad that was not shown.
type SkippedAd struct {
	avail.Skip
	MediaTailor string `json:"mediaTailor"`
	VAST        int    `json:"vastErrorCode"`
	// Ready is when its creative, which was not prepared, became ready.
	Ready time.Time `json:"ready,omitzero"`
}

// Explain gathers what the store knows of a session, of one too that is over for
// up to an hour. Of one that was recorded it tells for as long as the recording is kept.
func (s *Service) Explain(ctx context.Context, past Past, id string) (*Explanation, error) {
	stored, err := past.Recall(ctx, sessionOwner(id))
	if err != nil {
		return nil, fmt.Errorf("read session %s: %w", id, err)
	}
	p := &playback.Session{}
	for _, f := range stored {
		if f.Key == sessionKey {
			if err := json.Unmarshal(f.Value, p); err != nil {
				return nil, fmt.Errorf("session %s: %w", id, err)
			}
		}
	}
	if p.ID == "" {
		return s.explainRecorded(ctx, past, id)
	}
	x := &session{Session: p}
	// All avails are told, those too that are summed up.
	stored = slices.DeleteFunc(stored, func(f avail.Fact) bool { return f.Key == foldKey })
	if err := x.recall(stored, 0); err != nil {
		return nil, err
	}
	records, err := past.Recall(ctx, recordOwner(id))
	if err != nil {
		return nil, fmt.Errorf("read records of session %s: %w", id, err)
	}
	out := explanationOf(p)
	spans, stream, err := s.spansOf(ctx, p, x)
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
	if out.Content, err = s.explainContent(ctx, p); err != nil {
		return nil, err
	}
	byKey := map[avail.Key]*Record{}
	for _, f := range records {
		key, err := avail.ParseKey(f.Key)
		if err != nil {
			return nil, err
		}
		if byKey[key], err = unpack(f.Value); err != nil {
			return nil, err
		}
	}
	if err := s.explainAvails(ctx, past, out, &told{x, stored, spans, byKey}); err != nil {
		return nil, err
	}
	return out, nil
}

// explanationOf is what the session itself says.
func explanationOf(p *playback.Session) *Explanation {
	return &Explanation{
		ID: p.ID, Configuration: p.Configuration, Asset: p.Asset, Created: p.Created, Reporting: p.Reporting,
		Protocol: p.Protocol, Device: p.Class,
		Network: network(p.Viewer.IP), UserAgent: p.Viewer.UserAgent,
		Parameters: slices.Sorted(maps.Keys(p.AdsParams)), Avails: []AvailExplanation{},
	}
}

// told is what is known of a session: its records, the avails of its stream, and how its
// decisions came about.
type told struct {
	session *session
	stored  []avail.Fact
	spans   map[avail.Key]*origin.Span
	records map[avail.Key]*Record
}

// explainAvails adds the avails to an explanation.
func (s *Service) explainAvails(ctx context.Context, past Past, out *Explanation, t *told) error {
	x, p := t.session, t.session.Session
	unknown := func(key avail.Key) {
		if t.spans[key] == nil {
			t.spans[key] = &origin.Span{Avail: avail.Avail{Key: key}, End: origin.Open}
		}
	}
	for i := range x.known.decisions {
		unknown(x.known.decisions[i].key)
	}
	for key := range t.records {
		if key.Sequence >= 0 {
			unknown(key)
		}
	}
	accounts, err := accountsOf(t.stored)
	if err != nil {
		return fmt.Errorf("session %s: %w", p.ID, err)
	}
	calls, err := readJournal(ctx, past, p.ID)
	if err != nil {
		return err
	}
	for key, sp := range t.spans {
		a := x.explain(key, sp, t.records)
		var ready []time.Time
		if d, ok := x.known.decisions.get(key); ok && out.Content != nil {
			if ready, err = s.readyTimes(ctx, p, out.Content.Profile, &d); err != nil {
				return err
			}
			for i := range a.Skipped {
				a.Skipped[i].Ready = ready[i]
			}
		}
		a.Summary, a.Beacons = sentence(accounts[key], a.Decision, ready), calls[key]
		out.Avails = append(out.Avails, a)
	}
	slices.SortFunc(out.Avails, func(a, b AvailExplanation) int {
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
func (s *Service) spansOf(ctx context.Context, p *playback.Session, x *session) (map[avail.Key]*origin.Span, *ledger.Stream, error) {
	spans := map[avail.Key]*origin.Span{}
	l, err := s.layoutOf(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	stream, err := s.streams.get(ctx, l.Stream)
	if err != nil {
		return nil, nil, err
	}
	for _, begun := range x.known.begins {
		for _, sp := range stream.Spans(begun.key) {
			if _, ok := x.known.decisions.get(sp.Key); ok {
				spans[sp.Key] = sp
			}
		}
	}
	for _, o := range x.own {
		spans[o.Key] = o.Span
	}
	return spans, stream, nil
}

// explain is one avail; a pre-roll's record is kept under the number -1.
func (s *session) explain(key avail.Key, sp *origin.Span, records map[avail.Key]*Record) AvailExplanation {
	a := AvailExplanation{Avail: sp.Avail, Record: records[key]}
	if sp.End != origin.Open {
		a.End, a.Cause = sp.End, sp.Cause
	}
	for _, o := range s.own {
		if o.Span == sp && !o.Static {
			a.Record = records[avail.Key{Epoch: key.Epoch, Sequence: entrySequence}]
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
		r.Answer = redact.Decision(r.Answer, s.Session)
	}
	if d, ok := s.known.decisions.get(key); ok {
		d = redact.Decision(d, s.Session)
		a.Decision = &d
		for _, skip := range d.Skips {
			a.Skipped = append(a.Skipped, SkippedAd{Skip: skip, MediaTailor: skip.MediaTailor(), VAST: skip.Reason.VAST()})
		}
	}
	if st, ok := s.known.settlements.get(key); ok {
		a.Settlement = &st
	}
	return a
}

// network is an address without its last part.
func network(address string) string {
	ip, err := netip.ParseAddr(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	bits := 48
	if ip = ip.Unmap(); ip.Is4() {
		bits = 24
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
