package stitch

import (
	"cmp"
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/report"
)

// account closes the books of an avail that ends at a stream time (design §5:
// every second of every avail is accounted for). cause is why ads of the pod
// were cut or dropped, if any were.
func (f *fill) account(sp *origin.Span, end int64, cause avail.Reason) avail.Account {
	a := avail.Account{Key: f.key, Duration: end - sp.Start + sp.Late}
	a.Leave(avail.MarkerLate, sp.Late)
	if f.content {
		a.Leave(cmp.Or(f.reason, avail.AdsEmpty), end-sp.Start)
		return a
	}
	back := end
	if f.back != unknown {
		back = f.backTime
	}
	// Ads may go on past an end that was not known when content was fixed to
	// return later.
	over := max(0, back-end)
	a.Duration += over
	a.Leave(cmp.Or(f.lead, avail.AdsLate), f.time-sp.Start)
	players := f.tally(&a, f.room(sp))
	a.Change = a.Filled + a.Slate - (back - f.time)
	rest := cmp.Or(f.reason, avail.PodShort)
	if a.Cut+a.Dropped > 0 {
		a.Cause = cause
		if f.listed == 0 {
			rest = cmp.Or(cause, avail.EarlyReturn)
		}
	}
	a.Leave(avail.LeftToPlayer, players)
	a.Leave(rest, a.Slate-players)
	a.Leave(rest, max(0, end-back))
	return a
}

// tally adds up the pod's listed segments, as far as there is room; players is the slate
// among them that is shown under ads of the player. An ad is shown where the middle of its
// last segment is.
func (f *fill) tally(a *avail.Account, room int64) (players int64) {
	left := f.listed
	for n := 0; f.pod != nil; n++ {
		x := f.pod.item(n)
		if x == nil || n >= len(f.pod.items) && left == 0 {
			return players
		}
		segments := f.pod.segments(x)
		if len(segments) == 0 {
			return players
		}
		k := min(left, len(segments))
		left -= k
		whole := k == len(segments)
		var length int64
		for i := range k {
			l := min(segments[i].Duration, room)
			whole = whole && l >= segments[i].Duration/2
			length, room = length+l, room-l
		}
		switch kind := f.pod.kind(n); {
		case kind == avail.SlateItem:
			a.Slate += length
		case kind == avail.PlayerItem:
			a.Slate += length
			players += length
		case kind == avail.BumperItem:
			a.Filled += length
		case whole:
			a.Filled += length
			a.Shown++
		case k > 0:
			a.Filled += length
			a.Cut++
		default:
			a.Dropped++
		}
	}
	return players
}

// closed is whether the account of an avail is closed.
func (s *session) closed(key avail.Key) bool {
	_, ok := s.known.accounts.get(key)
	return ok
}

// book closes the account of an avail whose end is known, once whatever node
// comes to it first.
func (s *session) book(ctx context.Context, f *fill, sp *origin.Span) error {
	if f.booked || sp.End == origin.Open || !f.content && f.back == unknown {
		return nil
	}
	end, ok := sp.Time(sp.End)
	if !ok {
		return nil
	}
	a, err := s.close(ctx, f, sp, end, avail.EarlyReturn)
	if err != nil {
		return err
	}
	if a.Dropped > 0 && sp.Duration > 0 && s.cutShort != nil {
		s.cutShort(sp.Key, a.Dropped)
	}
	s.ended(sp)
	return nil
}

// ended has the next prefetch follow an avail of the stream that is over.
func (s *session) ended(sp *origin.Span) {
	if s.ownOf(sp) == nil && !sp.Static {
		s.prefetches.Over(sp)
	}
}

// finish lists what the last playlist before a restart shows of a run's pods.
func (s *session) finish(ctx context.Context, r *run) error {
	final := s.stream.Final(r.epoch.Index)
	if final == nil {
		return nil
	}
	r.edge = max(r.edge, final.Edge())
	for _, sp := range r.open(s.spans(r.epoch.Index)) {
		if f := r.find(sp.Sequence); f != nil && !f.content && f.back == unknown {
			if err := s.proceed(ctx, r, f, sp, final); err != nil {
				return err
			}
		}
	}
	return nil
}

// abandon closes the accounts of a run that is not played any more: the origin
// has started again, or the viewer has left. An avail ends for this session
// where the session last saw it.
func (s *session) abandon(ctx context.Context, r *run, cause avail.Reason) error {
	for _, sp := range r.open(s.spans(r.epoch.Index)) {
		if sp.Static || sp.Start >= r.edge || sp.End != origin.Open && sp.End <= r.begin {
			continue
		}
		f := r.find(sp.Sequence)
		if f == nil {
			if s.pendings[sp.Key] == nil {
				continue // the session has not come to it
			}
			f = &fill{key: sp.Key, content: true, reason: avail.AdsLate, booked: s.closed(sp.Key)} // undecided to the last
		}
		if f.booked {
			continue
		}
		end := min(sp.Start+sp.Observed(), r.edge)
		if !f.content {
			end = max(end, f.time)
		}
		if _, err := s.close(ctx, f, sp, end, cause); err != nil {
			return err
		}
	}
	return nil
}

// close records a finished account and hands it on; where another node has closed
// it, it is not handed on again.
func (s *session) close(ctx context.Context, f *fill, sp *origin.Span, end int64, cause avail.Reason) (avail.Account, error) {
	a := f.account(sp, end, cause)
	if !s.over {
		if err := s.record(ctx, "account/"+sp.String(), a, new(avail.Account), report.Account(s.Session, &a, s.now())...); err != nil {
			return avail.Account{}, err
		}
	}
	f.booked = true
	s.known.accounts.put(sp.Key, true)
	if s.booked != nil {
		s.booked(a)
	}
	return a, nil
}
