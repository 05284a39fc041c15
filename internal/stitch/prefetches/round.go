package prefetches

import (
	"fmt"
	"strconv"
	"strings"
)

// round is one retrieval of a session: that of a SINGLE schedule, or of a
// RECURRING one after an avail. The store keeps, under its key, that it was
// begun ("prefetching/"), what came of it ("prefetch/") and which avail has it
// ("prefetched/").
type round struct {
	schedule string
	// created tells the schedule from another that had its name before: to
	// change one is to delete it and to make it anew. Unix microseconds.
	created int64
	// after is when the avail before it ended, Unix microseconds; 0 if it is the first.
	after int64
}

func (r round) String() string {
	return strconv.FormatInt(r.created, 10) + "/" + strconv.FormatInt(r.after, 10) + "/" + r.schedule
}

func parseRound(s string) (r round, err error) {
	parts := strings.SplitN(s, "/", 3)
	if len(parts) != 3 {
		return r, fmt.Errorf("prefetch %q is not created/after/schedule", s)
	}
	if r.created, err = strconv.ParseInt(parts[0], 10, 64); err != nil {
		return r, err
	}
	r.after, err = strconv.ParseInt(parts[1], 10, 64)
	r.schedule = parts[2]
	return r, err
}
