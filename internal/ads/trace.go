package ads

import "stitcher/internal/avail"

// Trace is the record of a decision's requests, for whoever asks later why an
// avail looked as it did. It is bounded, and there is no secret, no consent
// string and no full address of a viewer in it (design §9).
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
	// Reason and Error say what went wrong with the request. What an answer
	// turned out to hold is for the decision to say.
	Reason avail.Reason `json:"reason,omitempty"`
	Error  string       `json:"error,omitempty"`
}
