package channel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"stitcher/internal/demo/atomicfile"
	"stitcher/internal/demo/media"
)

// maxEras is how many eras a schedule remembers: more than can begin within the
// longest window, since each one begins at least minLead after the one before.
const maxEras = MaxWindow / MinLead

// MinLead is how many segments after the live edge an era begins at the soonest:
// the next segment may be published while the era is being written.
const MinLead = 2

// Era is the rhythm of avails from a start of the program, or from an avail that
// was asked for, on, in segments.
type Era struct {
	// From is the media sequence number of its first avail.
	From int64 `json:"from"`
	// Every is the distance from avail to avail; with 0 there is only the first.
	Every int64 `json:"every"`
	// Length is an avail's length; with 0 the era has no avail.
	Length int64 `json:"length"`
}

// Avail is one opportunity in the channel: segments Start to End, End not
// included.
type Avail struct{ Start, End int64 }

// Schedule says where the channel's avails are. An era is only ever added
// beyond the live edge, so what has been published never changes.
type Schedule struct {
	Eras []Era `json:"eras"`
}

// OpenSchedule reads the schedule in file and, unless an avail is near anyway,
// begins a new era in it: who starts the demo should see an ad soon, not
// when a rhythm of yesterday says so.
func OpenSchedule(file string, next Era, edge, lead int64) (*Schedule, error) {
	if next.Every == 0 {
		next.Length = 0 // avails come when they are asked for
	} else if next.Length <= 0 || next.Every <= next.Length {
		return nil, fmt.Errorf("avails of %d segments every %d overlap", next.Length, next.Every)
	}
	s, err := ReadSchedule(file)
	if err != nil || !s.begin(next, edge, lead) {
		return s, err
	}
	return s, s.Write(file)
}

// With returns a copy of the schedule that has one more avail, as soon as can be;
// the rhythm goes on from there. It is the same schedule where an avail is due at
// least as soon.
func (s *Schedule) With(next Era, edge int64) *Schedule {
	changed := &Schedule{Eras: slices.Clone(s.Eras)}
	if !changed.begin(next, edge, MinLead) {
		return s
	}
	return changed
}

// Write stores the schedule in a file.
func (s *Schedule) Write(file string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write schedule: %w", err)
	}
	return atomicfile.Replace(file, data)
}

// ReadSchedule reads the schedule in file; without the file it is empty.
func ReadSchedule(file string) (*Schedule, error) {
	s := new(Schedule)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read schedule: %w", err)
	}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("read schedule %s: %w", file, err)
	}
	return s, nil
}

// begin adds an era whose first avail starts lead segments after the edge, or
// after the avail in progress there. It reports whether it did.
func (s *Schedule) begin(next Era, edge, lead int64) bool {
	next.From = edge + lead
	if a, ok := s.At(edge + 1); ok {
		next.From = a.End + lead
	}
	if soon, ok := s.after(edge + 1); ok && soon.Start <= next.From && next.Length > 0 {
		return false
	}
	s.Eras = append(s.Eras, next)
	if n := len(s.Eras); n > maxEras {
		s.Eras = s.Eras[n-maxEras:]
	}
	return true
}

// At finds the avail that segment n is part of.
func (s *Schedule) At(n int64) (Avail, bool) {
	for i := len(s.Eras) - 1; i >= 0; i-- {
		e := s.Eras[i]
		if n < e.From {
			continue
		}
		start := e.From
		if e.Every > 0 {
			start = n - (n-e.From)%e.Every
		}
		return Avail{start, start + e.Length}, n < start+e.Length
	}
	return Avail{}, false
}

// after finds the first avail that starts at segment n or later.
func (s *Schedule) after(n int64) (Avail, bool) {
	for i, e := range s.Eras {
		start := e.From
		if e.Length == 0 || e.Every == 0 && n > e.From {
			continue
		}
		if n > e.From {
			start = n + (e.Every-(n-e.From)%e.Every)%e.Every
		}
		if i+1 < len(s.Eras) && start >= s.Eras[i+1].From {
			continue
		}
		return Avail{start, start + e.Length}, true
	}
	return Avail{}, false
}

// Segments is a time in segments, rounded up.
func Segments(d time.Duration) int64 {
	return int64((d + media.SegmentLength - 1) / media.SegmentLength)
}
