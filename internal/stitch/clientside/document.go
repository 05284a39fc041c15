// Package clientside makes the tracking document of a session, for players that fire events themselves.
package clientside

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/trackdoc"
)

// Answer is a tracking document. Body is read-only.
type Answer struct {
	Body []byte
	// Gzip is whether Body is compressed.
	Gzip bool
	// Tag names the state of the document: equal tags are equal documents.
	Tag uint64
}

// Document is what a session keeps for its tracking document.
type Document struct {
	// zero is the stream time at which the presentation begins; known is whether it was
	// read.
	zero  int64
	known bool
	// told are the avails of the window, in order.
	told []toldAvail
	// overlays are the overlay avails of the window, overlaid those that the document
	// has.
	overlays []*Overlay
	overlaid []toldOverlay
	// text is the document with all of told, nil before it is made; gzip is the same
	// compressed, nil until a player takes it. They are made once for all polls between
	// two changes of the window.
	text, gzip []byte
	tag        uint64
}

// toldAvail is an avail of the document, which does not change any more.
type toldAvail struct {
	key  avail.Key
	text json.RawMessage
	// first and last are the start of the avail and of its last event, in microseconds
	// of the presentation.
	first, last int64
	// decided is when the avail was decided, Unix microseconds.
	decided int64
}

// AnswerOf is a document that is not kept.
func AnswerOf(doc *trackdoc.Document) (Answer, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return Answer{}, fmt.Errorf("encode a tracking document: %w", err)
	}
	return Answer{Body: body, Tag: bodyTag(body)}, nil
}

func bodyTag(body []byte) uint64 { return max(xxhash.Sum64(body), 1) }

// minGzip is how long a document is that is worth compressing, in bytes: one without
// avails fits in a packet.
const minGzip = 1 << 10

// All is the document with all avails of the window.
func (x *Document) All(s *stitch.Playback, now pods.State, compress bool) (Answer, error) {
	if x.text == nil {
		doc := x.frame(now)
		for i := range x.told {
			doc.Avails = append(doc.Avails, x.told[i].text)
		}
		x.addOverlays(&doc, trackdoc.Token{Event: math.MinInt64})
		doc.NextToken = x.token()
		a, err := AnswerOf(&doc)
		if err != nil {
			return a, err
		}
		x.text, x.tag = a.Body, a.Tag
	}
	if !compress || len(x.text) < minGzip {
		return Answer{Body: x.text, Tag: x.tag}, nil
	}
	if x.gzip == nil {
		var err error
		if x.gzip, err = records.Deflate(x.text); err != nil {
			return Answer{}, err
		}
	}
	return Answer{Body: x.gzip, Gzip: true, Tag: x.tag}, nil
}

// addOverlays adds the overlay avails to a document that a player has not read with a
// token: one is decided when avails that begin after it may have been read.
func (x *Document) addOverlays(doc *trackdoc.Document, after trackdoc.Token) {
	for i := range x.overlaid {
		o := &x.overlaid[i]
		switch {
		case o.last <= after.Event && o.decided <= after.Issued.UnixMicro():
		case o.nonLinear:
			doc.NonLinearAvails = append(doc.NonLinearAvails, o.text)
		default:
			doc.Avails = append(doc.Avails, o.text)
		}
	}
}

// token says that the whole document was read.
func (x *Document) token() string {
	if len(x.told)+len(x.overlaid) == 0 {
		return ""
	}
	var t trackdoc.Token
	issued := int64(0)
	note := func(a *toldAvail) {
		t.Event, issued = max(t.Event, a.last), max(issued, a.decided)
	}
	for i := range x.told {
		note(&x.told[i])
	}
	for i := range x.overlaid {
		note(&x.overlaid[i].toldAvail)
	}
	t.Issued = time.UnixMicro(issued)
	return t.String()
}

// After is the document with the events that start after a time, which a token names.
// Where there are none, the token stays (reference §6.3).
func (x *Document) After(ctx context.Context, s *stitch.Playback, now pods.State, token string, read trackdoc.Token) (Answer, error) {
	doc, after := x.frame(now), read.Event
	for i, at := range x.pods(now) {
		k := slices.IndexFunc(x.told, func(t toldAvail) bool { return t.key == now.Run.Fills[i].Key })
		if k < 0 || x.told[k].last <= after {
			continue
		}
		text := x.told[k].text
		if x.told[k].first <= after { // a player has read a part of it
			a, _, err := x.describe(ctx, s, now, i, at)
			if err != nil {
				return Answer{}, err
			}
			part := a.After(after)
			if text, err = json.Marshal(&part); err != nil {
				return Answer{}, fmt.Errorf("encode a tracking document: %w", err)
			}
		}
		doc.Avails = append(doc.Avails, text)
	}
	x.addOverlays(&doc, read)
	doc.NextToken = token
	if len(doc.Avails)+len(doc.NonLinearAvails) > 0 {
		doc.NextToken = x.token()
	}
	return AnswerOf(&doc)
}

// frame is a document before it has avails.
func (x *Document) frame(now pods.State) trackdoc.Document {
	doc := trackdoc.Empty()
	if v, ok := now.Ref.Document.(*dash.View); ok && !now.Ref.Ended {
		at, _ := v.Starts()
		doc.DASHAvailabilityStartTime = trackdoc.Date(at)
	}
	return doc
}

// pods are the fills that the manifest shows ads of, with the time of the presentation at
// which each begins.
func (x *Document) pods(now pods.State) iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		before := now.Run.Base.Drift
		for i := range now.Run.Fills {
			f := &now.Run.Fills[i]
			if f.Empty() || f.Pod == nil {
				continue
			}
			at := f.Time - x.zero + before
			if now.Ref.Ended {
				before += f.Length() - (f.BackTime - f.Time)
			} else if f.Back != pods.Unknown {
				before = f.Drift
			}
			if f.Listed == 0 || f.Back != pods.Unknown && f.BackTime <= now.Ref.Start() && !now.Ref.Ended {
				continue
			}
			if !yield(i, at) {
				return
			}
		}
	}
}

// Update brings what the session tells up to date with its manifest.
func (x *Document) Update(ctx context.Context, s *stitch.Playback, now pods.State) error {
	if err := x.presentation(ctx, s, now); err != nil {
		return err
	}
	n := 0
	for i := range x.pods(now) {
		if n >= len(x.told) || x.told[n].key != now.Run.Fills[i].Key {
			n = -1
			break
		}
		n++
	}
	if n == len(x.told) {
		return nil
	}
	var told []toldAvail
	for i, at := range x.pods(now) {
		key := now.Run.Fills[i].Key
		if k := slices.IndexFunc(x.told, func(t toldAvail) bool { return t.key == key }); k >= 0 {
			told = append(told, x.told[k])
			continue
		}
		a, decided, err := x.describe(ctx, s, now, i, at)
		if err != nil {
			return err
		}
		if a == nil {
			continue // its segments have no numbers yet
		}
		text, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode a tracking document: %w", err)
		}
		told = append(told, toldAvail{key, text, at, a.Last(), decided})
	}
	if !slices.EqualFunc(told, x.told, func(a, b toldAvail) bool { return a.key == b.key }) {
		x.text, x.gzip = nil, nil
	}
	x.told = told
	return nil
}

// presentation finds out where the presentation begins: an MPD that is live at its
// availabilityStartTime, all else with the first segment that the session was shown.
func (x *Document) presentation(ctx context.Context, s *stitch.Playback, now pods.State) error {
	if x.known {
		return nil
	}
	v, isMPD := now.Ref.Document.(*dash.View)
	switch {
	case isMPD:
		x.zero, _ = v.Starts()
	case now.Ref.Ended:
		x.zero = now.Ref.Start()
	default:
		got, err := s.Facts.Get(ctx, records.SessionOwner(s.ID), records.ZeroKey)
		if err != nil {
			return fmt.Errorf("read session %s: %w", s.ID, err)
		}
		x.zero = now.Ref.Start() // of a session that began before there was the record
		if got[0].Value != nil {
			if err := json.Unmarshal(got[0].Value, &x.zero); err != nil {
				return fmt.Errorf("read session %s: %w", s.ID, err)
			}
		}
	}
	x.known = true
	return nil
}
