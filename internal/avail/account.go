package avail

// Account says what became of every second of one avail in one session. It
// always holds that Filled + Σ Unfilled = Duration + Change: what was shown and
// what was not make up the avail, but for what the session's output got longer
// or shorter than the origin's by ads that do not end where content does.
// All lengths are microseconds.
type Account struct {
	Key Key
	// Duration is the avail from where its marker says to its observed end.
	Duration int64
	// Filled is what ads, and the clips before and after them, were listed for.
	Filled int64
	// Slate is what slate was listed for, under ads of the player too. It is part
	// of Unfilled.
	Slate int64
	// Unfilled are the shares of the avail that carried no ad, each with its
	// reason; none is 0.
	Unfilled []Share
	// Change is the drift after the avail less the drift before it.
	Change int64
	// Shown, Cut and Dropped count the decision's ads that were listed whole, in
	// part and not at all; Cause is why, where any is cut or dropped.
	Shown, Cut, Dropped int
	Cause               Reason
}

// Share is a part of an avail that carried no ad.
type Share struct {
	Reason   Reason
	Duration int64
}

// Leave adds a share of d microseconds; shares of one reason are one.
func (a *Account) Leave(r Reason, d int64) {
	if d == 0 {
		return
	}
	for i := range a.Unfilled {
		if a.Unfilled[i].Reason == r {
			a.Unfilled[i].Duration += d
			return
		}
	}
	a.Unfilled = append(a.Unfilled, Share{r, d})
}

// Balance is what the account leaves open; 0 in every account that is right.
func (a *Account) Balance() int64 {
	sum := a.Filled - a.Duration - a.Change
	for _, s := range a.Unfilled {
		sum += s.Duration
	}
	return sum
}
