package ledger

import (
	"sync/atomic"
	"time"
)

// moment is a time that is read while another goroutine sets it. The zero value is not set.
type moment struct{ at atomic.Int64 }

// begin sets the time.
func (m *moment) begin(now time.Time) { m.at.Store(now.UnixNano()) }

// clear makes the moment one that is not set.
func (m *moment) clear() { m.at.Store(0) }

// age is how long ago the time was; false if none is set.
func (m *moment) age(now time.Time) (time.Duration, bool) {
	at := m.at.Load()
	return time.Duration(now.UnixNano() - at), at != 0
}
