package adserver

import (
	"errors"
	"net"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/vast"
)

// Trace is the record of a decision's requests. It explains later why an avail was filled
// as it was. It is bounded, and it contains no secrets, no consent strings and no full
// address of a viewer (design §9).
type Trace struct {
	// Method, URL, Headers and BodyBytes are the ad request's as it was sent:
	// the names of the headers alone, the size of the body after compression.
	Method    string   `json:"method,omitempty"`
	URL       string   `json:"url,omitempty"`
	Headers   []string `json:"headers,omitempty"`
	BodyBytes int      `json:"bodyBytes,omitempty"`
	// Empty are dynamic variables that had no value.
	Empty []string `json:"empty,omitempty"`
	// Hops are the requests, wrappers included, in the order in which they
	// ended; Omitted is how many more there were.
	Hops    []Hop `json:"hops,omitempty"`
	Omitted int   `json:"omitted,omitempty"`
	// Error says why there was no answer to read, or what was wrong with it.
	Error string `json:"error,omitempty"`
	// Fault is FaultRoot where the answer is neither a VAST nor a VMAP.
	Fault Fault `json:"fault,omitempty"`
}

// Hop is one request of a decision.
type Hop struct {
	// URL is what was asked for, Final where redirects led, if elsewhere.
	URL   string `json:"url"`
	Final string `json:"final,omitempty"`
	// Status is that of the answer; 0 is that there was none.
	Status int `json:"status,omitempty"`
	// Waited is how long the request waited for its turn and Took how long it
	// was under way, both in microseconds.
	Waited int64 `json:"waited,omitempty"`
	Took   int64 `json:"took"`
	// Type, Bytes and Body are the answer's content type, its size and its
	// beginning.
	Type  string `json:"type,omitempty"`
	Bytes int    `json:"bytes,omitempty"`
	Body  string `json:"body,omitempty"`
	// Reason, Fault and Error say what went wrong with the request. What an answer
	// turned out to hold is for the decision to say.
	Reason avail.Reason `json:"reason,omitempty"`
	Fault  Fault        `json:"fault,omitempty"`
	Error  string       `json:"error,omitempty"`
}

// Fault is the kind of failure of a request. The set is closed.
type Fault string

// The faults.
const (
	// FaultTimeout is no answer in time, FaultBusy no place at the host in time.
	FaultTimeout Fault = "timeout"
	FaultBusy    Fault = "busy"
	// FaultBlocked is an address that may not be asked, FaultHost a host without one.
	FaultBlocked Fault = "blocked"
	FaultHost    Fault = "unknown_host"
	// FaultStatus is an answer whose status is not 2xx.
	FaultStatus Fault = "status"
	// FaultRoot is an answer that is another document.
	FaultRoot Fault = "root"
	// FaultIO is any other failure.
	FaultIO Fault = "io"
)

// faultOf is the kind of an error.
func faultOf(err error) Fault {
	switch {
	case errors.Is(err, errBusy):
		return FaultBusy
	case errors.Is(err, egress.ErrBlocked), errors.Is(err, egress.ErrURL):
		return FaultBlocked
	case errors.As(err, new(*net.DNSError)):
		return FaultHost
	case errors.As(err, new(statusError)):
		return FaultStatus
	case vast.FaultReason(err) == avail.AdsTimeout:
		return FaultTimeout
	}
	return FaultIO
}
