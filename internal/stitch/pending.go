package stitch

import (
	"fmt"
	"sync"
	"time"

	"stitcher/internal/avail"
)

// pending is an avail whose decision is being made.
type pending struct {
	key   avail.Key
	begun time.Time
	// done is closed when answer is there.
	done   chan struct{}
	answer avail.Decision
	// asked is set once the decision is under way here, elsewhere where another
	// node makes it.
	asked, elsewhere bool
	once             sync.Once
	// late is the number up to which the avail was shown as content while the
	// decision was awaited, or not wanted yet; 0 while nothing of it was shown.
	late int64
	// lead is why that much is content, where no decision was late.
	lead avail.Reason
	// tried is set where it is not known whether the answer has been recorded.
	tried bool
}

func newPending(key avail.Key, now time.Time) *pending {
	return &pending{key: key, begun: now, done: make(chan struct{})}
}

// settle wakes those who wait.
func (p *pending) settle() { p.once.Do(func() { close(p.done) }) }

func (p *pending) answered() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Patience says what a request may do about an undecided avail.
type Patience struct {
	Now time.Time
	// first is set for a session's first answer on this node: nothing can be
	// held back from someone who has nothing yet.
	first bool
	// Exhausted is set once the request has waited as long as it may.
	Exhausted bool
	// Waited is set once the request has waited for a decision.
	Waited bool
	// Caught is set once the records of other nodes have been read.
	Caught bool
}

// Wait is returned where a request must wait for a decision before it can
// be answered.
type Wait struct {
	pending *pending
	// AtMost, where not 0, is less than the usual patience.
	AtMost time.Duration
	// Whole is set for an asset that has ended: what is not decided in its one
	// answer is never shown.
	Whole bool
}

// Done is closed when the decision is there.
func (w *Wait) Done() <-chan struct{} { return w.pending.done }

// Elsewhere is whether another node makes the decision.
func (w *Wait) Elsewhere() bool { return w.pending.elsewhere }

func (w *Wait) Error() string {
	return fmt.Sprintf("avail %s is being decided", w.pending.key)
}
