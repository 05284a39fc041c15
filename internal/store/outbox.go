package store

import (
	"context"
	"time"

	"stitcher/internal/avail"
)

// Outbox keeps triggers until they are sent. A trigger is identified by its
// session, avail and ad.
type Outbox interface {
	// Widen adds events to a trigger and returns the new ones; each event MUST be
	// new to one caller only, however many add it at once. It MUST be durable on
	// return. The trigger MUST be kept until all of its events are sent, and for ttl
	// at least, so that an event that was sent is not new again. Its time is that
	// of the latest widening.
	Widen(ctx context.Context, t avail.Trigger, ttl time.Duration) (avail.Events, error)
	// Pending claims up to limit triggers that are due, oldest first. They MUST NOT
	// be given to another caller before lease is over, also when they are widened
	// meanwhile, and MUST be given to the next one after that. Their Events are the
	// unsent ones.
	Pending(ctx context.Context, limit int, lease time.Duration) ([]Claim, error)
	// Attempts are the URLs of a trigger that were tried; they are kept until all
	// of its events are sent.
	Attempts(ctx context.Context, t avail.Trigger) ([]Attempt, error)
	// Settle ends a claim: which events are sent, what was tried of the others and
	// when they are due (Unix microseconds). If the trigger was widened since it
	// was claimed, it MUST be due at once. Where the claim was over and another
	// caller has the trigger, what is sent and tried MUST be kept all the same, and
	// the claim of the other MUST stay. A trigger that is not there is no error.
	//
	// The Adds of each attempt MUST be added to the roll-ups together with it, unless
	// its event was sent before or the attempt is not news (Attempt.News); each of
	// adds if its event is sent by this call and was not before.
	Settle(ctx context.Context, c Claim, sent avail.Events, tried []Attempt, due int64, adds ...EventAdd) error
	// Backlog is how many triggers have unsent events, claimed ones included, and
	// when the oldest of them was triggered (Unix microseconds; 0 without any).
	Backlog(ctx context.Context) (count int, oldest int64, err error)
}

// Claim is a trigger that one caller of Pending has been given, to send it.
type Claim struct {
	avail.Trigger
	// Until is when the claim ends, Unix microseconds of the store's clock. No two
	// claims of a trigger end at one time.
	Until int64
}

// Attempt is what came of calling one URL so far.
type Attempt struct {
	Event avail.Events
	URL   string
	// Count is how often it was called.
	Count int
	// Due is when it may be called again, Unix microseconds.
	Due int64
	// Done is whether it is delivered or given up.
	Done bool
	// Failed is, where it is Done, whether it was given up.
	Failed bool
	// Adds are what the latest call counts in roll-ups. They are not read back.
	Adds []avail.Add
}

// News is whether the attempt goes beyond what is stored of it: two senders may
// have had the same trigger, if the first was slower than its claim.
func (a *Attempt) News(stored Attempt) bool {
	return !stored.Done && (a.Done || a.Count > stored.Count)
}
