package sqlite

import (
	"slices"
	"sync"

	"stitcher/internal/avail"
)

// pending are the facts that were taken and are not durable yet. Whoever reads
// an owner sees them: a store that stalls must not have a second answer made to
// a question that is answered already.
type pending struct {
	mu     sync.Mutex
	owners map[string][]*pendingFact
}

type pendingFact struct {
	avail.Fact
	// writes are the creations under way that mean it.
	writes int
}

// add notes facts of owner and returns the values to write: those that came
// first under each key.
func (p *pending) add(owner string, facts []avail.Fact) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	values := make([][]byte, len(facts))
	for i, f := range facts {
		x := p.find(owner, f.Key)
		if x == nil {
			x = &pendingFact{Fact: f}
			p.owners[owner] = append(p.owners[owner], x)
		}
		x.writes++
		values[i] = x.Value
	}
	return values
}

func (p *pending) find(owner, key string) *pendingFact {
	for _, x := range p.owners[owner] {
		if x.Key == key {
			return x
		}
	}
	return nil
}

// remove ends the creation of facts.
func (p *pending) remove(owner string, facts []avail.Fact) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range facts {
		if x := p.find(owner, f.Key); x != nil {
			x.writes--
		}
	}
	left := slices.DeleteFunc(p.owners[owner], func(x *pendingFact) bool { return x.writes == 0 })
	if len(left) == 0 {
		delete(p.owners, owner)
		return
	}
	p.owners[owner] = left
}

// of lists the facts of owner that are not durable yet.
func (p *pending) of(owner string) []avail.Fact {
	p.mu.Lock()
	defer p.mu.Unlock()
	var facts []avail.Fact
	for _, x := range p.owners[owner] {
		facts = append(facts, x.Fact)
	}
	return facts
}

// merge adds to what is stored what is not yet.
func merge(stored, waiting []avail.Fact) []avail.Fact {
	for _, w := range waiting {
		if !slices.ContainsFunc(stored, func(f avail.Fact) bool { return f.Key == w.Key }) {
			stored = append(stored, w)
		}
	}
	return stored
}
