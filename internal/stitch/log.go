package stitch

import (
	"context"
	"errors"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/search"
	"stitcher/internal/store"
)

// The records of a session are one log that all nodes append to. A node appends a
// record only if it knows all records before it. If another node has appended
// since, this node reads the new records and plans the answer again.

// ErrMoved reports that the log has records that the answer was planned without.
// They have been read by now; the caller plans again.
var ErrMoved = errors.New("the session's records have changed")

// MaxReplans bounds how often an answer is planned again. Each repetition means that
// another request or node has made progress.
const MaxReplans = 64

// record appends own under key and reads what is stored there into got.
func (s *Playback) record(ctx context.Context, key string, own, got any, adds ...avail.Add) error {
	return s.append(ctx, key, 0, false, own, got, adds...)
}

// register is recordFirst with a rank: a higher one replaces what is stored.
func (s *Playback) register(ctx context.Context, key string, rank int64, own, got any, adds ...avail.Add) error {
	return s.append(ctx, key, rank, true, own, got, adds...)
}

// recordFirst is record for what depends on which node is first. It fails with
// outage.ErrUnsure where that cannot be known.
func (s *Playback) recordFirst(ctx context.Context, key string, own, got any) error {
	return s.append(ctx, key, 0, true, own, got)
}

func (s *Playback) append(ctx context.Context, key string, rank int64, first bool, own, got any, adds ...avail.Add) error {
	b, err := records.Encode(own)
	if err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	if s.off.records {
		return records.Decode(b, got)
	}
	s.leaveTurn()
	defer s.takeTurn(ctx)
	fact := avail.Fact{Key: key, Rank: rank, Value: b, Adds: adds, Found: search.In(s.Session, own)}
	facts := s.referring(fact)
	a, err := s.Facts.Append(ctx, records.SessionOwner(s.ID), s.Lifetime(), s.known.Rev, facts...)
	if s.env.Shared && errors.Is(err, store.ErrUnavailable) {
		if first && !s.Outages.Alone() {
			return outage.ErrUnsure
		}
		return s.assume(ctx, fact, got)
	}
	if err != nil {
		return fmt.Errorf("write session %s: %w", s.ID, err)
	}
	if !a.Written {
		if err := s.learnAll(a.Facts, a.Rev); err != nil {
			return err
		}
		return ErrMoved
	}
	s.known.Rev = a.Rev
	if key, ok := records.AvailOf(key); ok {
		s.known.Note(key, a.Rev)
	}
	stored := a.Facts[len(facts)-1]
	if len(facts) > 1 {
		s.known.Refers = max(s.known.Refers, a.Facts[0].Rank)
	}
	if err := records.Decode(stored.Value, got); err != nil {
		return fmt.Errorf("read %s of session %s: %w", key, s.ID, err)
	}
	return nil
}

// assume goes on with a record although it cannot be known what other nodes have
// recorded: they conclude the same from the same playlists and records. It is written
// when the store is back.
func (s *Playback) assume(ctx context.Context, fact avail.Fact, got any) error {
	stored, err := s.Facts.Create(ctx, records.SessionOwner(s.ID), s.Lifetime(), refersToHeld, fact)
	if err != nil {
		return fmt.Errorf("write session %s: %w", s.ID, err)
	}
	if err := records.Decode(stored[1].Value, got); err != nil {
		return fmt.Errorf("read %s of session %s: %w", fact.Key, s.ID, err)
	}
	return nil
}

// Read learns what other nodes have recorded.
func (s *Playback) Read(ctx context.Context) error {
	news, rev, err := s.Facts.Since(ctx, records.SessionOwner(s.ID), s.known.Rev)
	if err != nil {
		return fmt.Errorf("read session %s: %w", s.ID, err)
	}
	for _, w := range s.pendings {
		w.tried = false
	}
	return s.learnAll(news, rev)
}

// catchUp reads the records of other nodes if this node waits for one of them. caught is
// whether they have been read for this answer.
func (s *Playback) catchUp(ctx context.Context, caught bool) error {
	if !s.env.Shared {
		return nil
	}
	var err error
	if !caught && (len(s.pendings) > 0 || s.entry != nil && !s.known.Entered) {
		err = s.Read(ctx)
	}
	if err == nil && s.behind {
		// The records refer to boundaries in the ledger that this node may not have
		// read yet.
		if err = s.Stream.ReadAfter(ctx, s.reads); err == nil {
			s.behind = false
		}
	}
	if errors.Is(err, store.ErrUnavailable) {
		return nil // readiness and metrics say so
	}
	if err != nil && ctx.Err() == nil {
		// The answer must not fail because the store does: the node goes on with the
		// records that it has.
		s.env.Log.Warn("read what other nodes have recorded", "session", s.ID, "err", err)
		err = nil
	}
	return err
}

// learnAll adds records to what is known, up to revision rev.
func (s *Playback) learnAll(facts []avail.Fact, rev int64) error {
	s.known.Rev = rev
	for _, f := range facts {
		news, err := s.known.Learn(f, s.env.Node)
		if err != nil {
			return fmt.Errorf("fact %q of session %s: %w", f.Key, s.ID, err)
		}
		s.hear(news)
	}
	if len(facts) > 0 && s.Stream != nil && !s.followed() {
		s.behind, s.reads = true, s.Stream.Reads()
	}
	return nil
}

// hear does what a record that another node may have written changes.
func (s *Playback) hear(n known.News) {
	w := s.pendings[n.Key]
	switch n.Kind {
	case known.Nothing:
	case known.Decided:
		if s.fillOf(n.Key) != nil {
			s.known.Decisions.Remove(n.Key)
		} else if w != nil {
			s.decided(n.Key)
			w.settle()
		}
	case known.Shown:
		if w != nil {
			to, _ := s.known.Late.Get(n.Key)
			w.late = max(w.late, to)
		}
	case known.Closed:
		s.accounted(n.Key)
	case known.Folded:
		s.folded()
	case known.Entered:
		s.entered()
	}
}

// entered wakes those who wait for what the session begins with.
func (s *Playback) entered() {
	if s.entry != nil {
		s.entry.settle()
	}
}

// accounted notes that another node has closed an avail's account.
func (s *Playback) accounted(key avail.Key) {
	f := s.fillOf(key)
	if f == nil || f.Booked {
		return
	}
	f.Booked = true
	for _, sp := range s.Spans(key.Epoch) {
		if sp.Key == key {
			s.ended(sp)
		}
	}
}

// fillOf is what an avail became, as far as it is known here; nil if it is not.
func (s *Playback) fillOf(key avail.Key) *pods.Fill {
	for _, r := range s.runs {
		if r.Epoch.Index == key.Epoch {
			return r.Find(key.Sequence)
		}
	}
	return nil
}

// claim takes the ad request of an avail for this node, so that one node makes it.
// It answers false where another has it.
func (s *Playback) claim(ctx context.Context, name string) (bool, error) {
	if !s.env.Shared {
		return true, nil
	}
	if _, asked := s.known.Asked.Get(name); asked {
		return false, nil
	}
	var node string
	if err := s.recordFirst(ctx, "asking/"+name, s.env.Node, &node); err != nil {
		return false, err
	}
	if node != s.env.Node {
		s.known.Asked.Put(name, true)
	}
	return node == s.env.Node, nil
}

// arrived records a decision as soon as it is there, for requests that other nodes
// answer.
func (s *Playback) arrived(ctx context.Context) {
	s.Lock()
	defer s.Unlock()
	ref := s.Stream.Newest(origin.Reference)
	if ref == nil {
		return
	}
	for range MaxReplans {
		err := s.advance(ctx, ref)
		if errors.Is(err, ErrMoved) {
			continue
		}
		var wait *Wait
		if err != nil && !errors.As(err, &wait) && !errors.Is(err, store.ErrUnavailable) {
			s.env.Log.Warn("record a decision", "session", s.ID, "err", err)
		}
		return
	}
}

// advance settles what the newest view of the reference shows.
func (s *Playback) advance(ctx context.Context, ref *origin.View) error {
	if err := s.catchUp(ctx, false); err != nil {
		return err
	}
	r, err := s.run(ctx, ref)
	if err != nil {
		return err
	}
	_, err = s.settle(ctx, r, ref, Patience{Now: s.env.Now(), first: !s.answered})
	return err
}

// Look reads what other nodes have recorded; a store that can't be read is tried
// again by the next look.
func (s *Playback) Look(ctx context.Context) {
	s.Lock()
	defer s.Unlock()
	if err := s.Read(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrUnavailable) {
		s.env.Log.Warn("read a decision of another node", "session", s.ID, "err", err)
	}
}
