package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// maxEras is how many eras a schedule remembers: more than can begin within the
// longest window, since each one begins at least minLead after the one before.
const maxEras = maxWindow / minLead

// minLead is how many segments after the live edge an era begins at the soonest:
// the next segment may be published while the era is being written.
const minLead = 2

// era is the rhythm of avails from a start of the program, or from an avail that
// was asked for, on, in segments.
type era struct {
	// From is the media sequence number of its first avail.
	From int64 `json:"from"`
	// Every is the distance from avail to avail; with 0 there is only the first.
	Every int64 `json:"every"`
	// Length is an avail's length; with 0 the era has no avail.
	Length int64 `json:"length"`
}

// avail is one opportunity in the channel: segments Start to End, End not
// included.
type avail struct{ Start, End int64 }

// schedule says where the channel's avails are. An era is only ever added
// beyond the live edge, so what has been published never changes.
type schedule struct {
	Eras []era `json:"eras"`
}

// openSchedule reads the schedule in file and, unless an avail is near anyway,
// begins a new era in it: whoever starts the demo should see an ad soon, not
// when a rhythm of yesterday says so.
func openSchedule(file string, next era, edge, lead int64) (*schedule, error) {
	if next.Every == 0 {
		next.Length = 0 // avails come when they are asked for
	} else if next.Length <= 0 || next.Every <= next.Length {
		return nil, fmt.Errorf("avails of %d segments every %d overlap", next.Length, next.Every)
	}
	s, err := readSchedule(file)
	if err != nil || !s.begin(next, edge, lead) {
		return s, err
	}
	return s, s.write(file)
}

// with returns a copy of the schedule that has one more avail, as soon as can be;
// the rhythm goes on from there. It is the same schedule where an avail is due at
// least as soon.
func (s *schedule) with(next era, edge int64) *schedule {
	changed := &schedule{Eras: slices.Clone(s.Eras)}
	if !changed.begin(next, edge, minLead) {
		return s
	}
	return changed
}

func (s *schedule) write(file string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write schedule: %w", err)
	}
	return replaceFile(file, data)
}

// readSchedule reads the schedule in file; without the file it is empty.
func readSchedule(file string) (*schedule, error) {
	s := new(schedule)
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
func (s *schedule) begin(next era, edge, lead int64) bool {
	next.From = edge + lead
	if a, ok := s.at(edge + 1); ok {
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

// at finds the avail that segment n is part of.
func (s *schedule) at(n int64) (avail, bool) {
	for i := len(s.Eras) - 1; i >= 0; i-- {
		e := s.Eras[i]
		if n < e.From {
			continue
		}
		start := e.From
		if e.Every > 0 {
			start = n - (n-e.From)%e.Every
		}
		return avail{start, start + e.Length}, n < start+e.Length
	}
	return avail{}, false
}

// after finds the first avail that starts at segment n or later.
func (s *schedule) after(n int64) (avail, bool) {
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
		return avail{start, start + e.Length}, true
	}
	return avail{}, false
}

// replaceFile writes a file such that it is there whole or as before.
func replaceFile(file string, data []byte) error {
	tmp := file + ".tmp"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := os.Rename(tmp, file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// segments is a time in segments, rounded up.
func segments(d time.Duration) int64 {
	return int64((d + segmentLength - 1) / segmentLength)
}
