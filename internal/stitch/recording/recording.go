package recording

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/bundle"
)

// A recording is kept under the owner "recording/" and the session's id:
//
//	head            bundle.Head
//	state           recordingState, a register
//	facts/SEQUENCE  a list of bundle.Fact, deflated
//	asset/ID        avail.Asset
//	record/AVAIL    records.DecisionRecord
//	text/HASH       an answer, deflated
//	answer/SEQUENCE bundle.Answer without its text
//
// Playlists of the origin and views of them are shared by all sessions. Each has an
// owner "blob/" and its hash.
func recordingOwner(id string) string { return "recording/" + id }

const (
	headFact  = "head"
	stateFact = "state"
)

// errFull says that a session has reached the limit of its recording.
var errFull = errors.New("the session has reached the limit of its recording")

// recording is what the recorder knows of a session.
type recording struct {
	recordingState
	mask *redact.Redactor
	used time.Time
	// raw is whether the bodies of ad responses are recorded.
	raw bool
	// stored are keys of facts that are stored, views the hashes of views.
	stored map[string]bool
	views  map[*origin.View]string
}

// recordingState is how far a recording has come.
type recordingState struct {
	// Session, Ledger and Records are the revisions up to which the session's records,
	// the ledger and the records of decisions are recorded.
	Session int64 `json:"session"`
	Ledger  int64 `json:"ledger"`
	Records int64 `json:"records"`
	// Bytes is how much was stored.
	Bytes     int   `json:"bytes"`
	Truncated bool  `json:"truncated,omitempty"`
	Lost      int64 `json:"lost,omitempty"`
}

// maxStored bounds the keys that are remembered of a recording.
const maxStored = 1024

// record stores an answer and what is new of what it was made from.
func (r *Recorder) record(ctx context.Context, s *Shot) error {
	x, facts, err := r.recording(ctx, s)
	if err != nil {
		return err
	}
	if x.Truncated {
		return errFull
	}
	before := x.recordingState
	x.Lost += s.Subject.unrecorded.Swap(0)
	more, err := r.news(ctx, x, s)
	if err != nil {
		x.recordingState = before
		return err
	}
	facts = append(facts, more...)
	size := 0
	if !s.over {
		answer, n, err := r.answer(ctx, x, s)
		if err != nil {
			x.recordingState = before
			return err
		}
		facts, size = append(facts, answer...), n
	}
	if len(facts) == 0 && x.recordingState == before {
		return nil
	}
	if err := r.write(ctx, x, s, facts, size); err != nil {
		x.recordingState = before
		return err
	}
	return nil
}

// write stores facts of a recording, together. size is what was stored beside them.
func (r *Recorder) write(ctx context.Context, x *recording, s *Shot, facts []avail.Fact, size int) error {
	for i := range facts {
		size += len(facts[i].Key) + len(facts[i].Value)
	}
	x.Bytes += size
	if x.Bytes > maxRecording || s.Subject.Session.Debug && !r.afford(size, s.At) {
		x.Truncated, facts = true, nil
	}
	state, err := json.Marshal(&x.recordingState)
	if err != nil {
		return fmt.Errorf("encode the state of a recording: %w", err)
	}
	facts = append(facts, avail.Fact{Key: stateFact, Rank: int64(x.Bytes) + 1, Value: state})
	if _, err := r.opt.Facts.Create(ctx, recordingOwner(s.Subject.Session.ID), r.opt.Retention, facts...); err != nil {
		return fmt.Errorf("write a recording: %w", err)
	}
	for i := range facts {
		if k := facts[i].Key; strings.HasPrefix(k, "text/") || strings.HasPrefix(k, "asset/") {
			if len(x.stored) >= maxStored {
				clear(x.stored)
			}
			x.stored[k] = true
		}
	}
	if !s.over && !x.Truncated {
		r.written.Inc()
	}
	return nil
}

// answer are the facts of an answer. size is what was stored of its views.
func (r *Recorder) answer(ctx context.Context, x *recording, s *Shot) (facts []avail.Fact, size int, err error) {
	a := bundle.Answer{At: s.At.UnixMicro(), Rendition: s.Rendition, Session: s.Rev, Since: s.Since, Ledger: s.Ledger, Empty: s.Ref == nil}
	if a.Line, size, err = r.line(ctx, x, s.View); err != nil {
		return nil, 0, err
	}
	if s.MPD != nil {
		a.MPD = &bundle.MPD{Base: x.masked(s.MPD.Base), Location: x.masked(s.MPD.Location)}
	}
	if s.Ref != nil {
		var n int
		if a.Reference, n, err = r.line(ctx, x, s.Ref); err != nil {
			return nil, 0, err
		}
		size += n
	}
	text := []byte(x.masked(string(s.Text)))
	a.Hash = bundle.HashOf(text)
	if key := "text/" + a.Hash; !x.stored[key] {
		facts = append(facts, avail.Fact{Key: key, Value: r.packer.pack(text)})
	}
	b, err := json.Marshal(&a)
	if err != nil {
		return nil, 0, fmt.Errorf("encode an answer: %w", err)
	}
	return append(facts, avail.Fact{Key: "answer/" + r.sequence(s.At), Value: b}), size, nil
}

// recording is the recording of a shot's session, with the facts that begin it where it
// is new.
func (r *Recorder) recording(ctx context.Context, s *Shot) (*recording, []avail.Fact, error) {
	p := s.Subject.Session
	if r.count++; r.count%1024 == 0 {
		r.idle(s.At)
	}
	if x := r.recordings[p.ID]; x != nil {
		x.used = s.At
		if x.Bytes > 0 {
			return x, nil, nil
		}
	}
	x := &recording{
		mask: redact.New(p), used: s.At, raw: p.Debug || s.Subject.RawAds,
		stored: map[string]bool{}, views: map[*origin.View]string{},
	}
	got, err := r.opt.Facts.Get(ctx, recordingOwner(p.ID), stateFact)
	if err != nil {
		return nil, nil, fmt.Errorf("read a recording: %w", err)
	}
	r.recordings[p.ID] = x
	if b := got[0].Value; b != nil {
		if err := json.Unmarshal(b, &x.recordingState); err != nil {
			return nil, nil, fmt.Errorf("read the state of a recording: %w", err)
		}
		return x, nil, nil
	}
	if s.over {
		return x, nil, nil // it was never answered
	}
	b, err := json.Marshal(x.head(s.Subject))
	if err != nil {
		return nil, nil, fmt.Errorf("encode the head of a recording: %w", err)
	}
	return x, []avail.Fact{{Key: headFact, Value: b}}, nil
}

// head is what all answers of a session have in common, without what names the viewer.
func (x *recording) head(s *Subject) *bundle.Head {
	p := *s.Session
	for _, text := range []*string{&p.Asset, &p.Template, &p.OriginQuery, &p.ManifestQuery, &p.Source, &p.AdPrefix, &p.ContentPrefix} {
		*text = x.masked(*text)
	}
	p.AdsParams, p.PlayerParams = x.params(p.AdsParams), x.params(p.PlayerParams)
	p.Viewer.IP, p.Viewer.ForwardedFor = playback.Network(p.Viewer.IP), ""
	p.Viewer.Referer, p.Headers = x.masked(p.Viewer.Referer), nil
	l := *s.Layout
	l.Renditions = append([]origin.Rendition(nil), l.Renditions...)
	for i := range l.Renditions {
		l.Renditions[i].URL = x.masked(l.Renditions[i].URL)
	}
	variables := map[string]string{}
	for name, value := range s.Variables {
		variables[name] = x.masked(value)
	}
	h := &bundle.Head{Version: bundle.Version, Session: &p, Layout: l, Variables: variables, Hash: s.Hash, Tracks: s.Tracks}
	return h
}

// params are a player's parameters without the values of those that are secret.
func (x *recording) params(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for name, value := range m {
		_, out[name], _ = strings.Cut(x.masked(name+"="+value), "=")
	}
	return out
}

// masked is a text as it may be kept. JSON holds UTF-8 only.
func (x *recording) masked(text string) string {
	return strings.ToValidUTF8(x.mask.Text(text), "\uFFFD")
}
