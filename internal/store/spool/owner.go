package spool

import (
	"slices"
	"sync"
	"time"

	"stitcher/internal/avail"
)

// owner is what the spool knows of an owner with writes that are under way or
// kept.
type owner struct {
	// gate lets an Append be alone: its facts are not those of another write until
	// its condition is known to hold.
	gate sync.RWMutex
	// users are the calls that hold the owner.
	users int
	// entries are in the order of writing.
	entries []*entry
	// drops are keys to be dropped before the entries are written.
	drops []string
	// ttl is the longest time that was asked for with the entries, negative for
	// ever; touch is the last that was asked for without.
	ttl, touch time.Duration
}

// entry is a fact that is not durable yet.
type entry struct {
	avail.Fact
	// flights are the calls under way that mean it.
	flights int
	// kept is whether it is in the spool. Only then do readers see it.
	kept bool
}

// entryBytes is about what an entry takes beside its key and its value.
const entryBytes = 160

func (e *entry) size() int64 { return int64(len(e.Key)+len(e.Value)) + entryBytes }

// hold gives a call the owner of a name until release.
func (s *Spool) hold(name string) *owner {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(name)
}

// find is hold with s.mu held.
func (s *Spool) find(name string) *owner {
	o := s.owners[name]
	if o == nil {
		o = new(owner)
		s.owners[name] = o
	}
	o.users++
	return o
}

func (s *Spool) release(name string, o *owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(name, o)
}

// leave is release with s.mu held.
func (s *Spool) leave(name string, o *owner) {
	if o.users--; o.users == 0 && !o.dirty() {
		delete(s.owners, name)
	}
}

// dirty is whether something of the owner is kept.
func (o *owner) dirty() bool {
	return len(o.entries) > 0 || len(o.drops) > 0 || o.touch > 0
}

// last is the entry of a key with the highest rank.
func (o *owner) last(key string) *entry {
	var found *entry
	for _, e := range o.entries {
		if e.Key == key && (found == nil || e.Rank > found.Rank) {
			found = e
		}
	}
	return found
}

// begin enters facts that are about to be written. Where a key is being written
// already, with an equal or higher rank, it is that entry: all callers get the
// same.
func (s *Spool) begin(o *owner, facts []avail.Fact) []*entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	meant := make([]*entry, len(facts))
	for i, f := range facts {
		e := o.last(f.Key)
		if e == nil || e.Rank < f.Rank {
			f.Rev, f.Value = 0, slices.Concat([]byte{}, f.Value)
			e = &entry{Fact: f}
			o.entries = append(o.entries, e)
		}
		e.flights++
		meant[i] = e
	}
	return meant
}

// end is the end of the call that began with entries.
func (s *Spool) end(o *owner, meant []*entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range meant {
		e.flights--
	}
	o.entries = slices.DeleteFunc(o.entries, func(e *entry) bool { return e.flights == 0 && !e.kept })
}

// forget takes an entry out of the spool. s.mu is held.
func (s *Spool) forget(o *owner, e *entry) {
	if !e.kept {
		return
	}
	e.kept = false
	s.book(-e.size(), -1)
	o.entries = slices.DeleteFunc(o.entries, func(x *entry) bool { return x == e && e.flights == 0 })
}

// want notes for how long facts are to be kept. s.mu is held.
func (o *owner) want(ttl time.Duration) {
	if ttl == 0 {
		o.ttl = -1
	} else if o.ttl >= 0 {
		o.ttl = max(o.ttl, ttl)
	}
}

// kept lists the facts of an owner that are in the spool, one for each key.
func (s *Spool) kept(name string) []avail.Fact {
	if s.waiting.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.owners[name]
	if o == nil {
		return nil
	}
	var facts []avail.Fact
	for _, e := range o.entries {
		if e.kept {
			facts = append(facts, e.Fact)
		}
	}
	return facts
}

// merge adds to what is stored what is kept, where that is newer.
func merge(stored, kept []avail.Fact) []avail.Fact {
	for _, k := range kept {
		i := slices.IndexFunc(stored, func(f avail.Fact) bool { return f.Key == k.Key })
		if i >= 0 && stored[i].Rank >= k.Rank {
			continue
		}
		if i >= 0 {
			stored = slices.Delete(stored, i, i+1)
		}
		stored = append(stored, k)
	}
	return stored
}
