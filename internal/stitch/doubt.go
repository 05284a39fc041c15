package stitch

import (
	"fmt"
	"time"

	"stitcher/internal/store"
)

// Nodes that cannot reach the store they share go on with what all of them conclude
// alike: the content, and the pods whose decisions they know. Of an avail that they meet
// while the store is away all of them show content. Of one that was met before, another
// node may have recorded a decision that this node has not read: then the answer waits.

// errUnsure reports that it cannot be known what other nodes have shown.
var errUnsure = fmt.Errorf("%w: what other nodes have shown cannot be known", store.ErrUnavailable)

// maxUnsure is how long answers wait for the store before this node shows content of an
// avail that another node may have decided: a player that has three target durations
// in its buffer plays on meanwhile. A viewer who asks this node alone loses the ads.
const maxUnsure = 5 * time.Second

// doubt is whether something that was met at a time, Unix microseconds, has to be content
// because the store is or was away. It fails with errUnsure where another node may know
// otherwise; since is when that began.
func (s *session) doubt(met int64, since *time.Time, now time.Time) (content bool, err error) {
	if s.away == nil {
		return false, nil
	}
	at := time.UnixMicro(max(met, s.Created.UnixMicro()))
	began, away := s.away(at)
	switch {
	case !away:
		*since = time.Time{}
		return false, nil
	case !at.Before(began):
		return true, nil
	case since.IsZero():
		*since = now
	case now.Sub(*since) >= maxUnsure:
		return true, nil
	}
	return false, errUnsure
}
