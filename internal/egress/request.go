package egress

import (
	"net/http"
	"net/url"
	"time"
)

// Request is one outgoing request.
type Request struct {
	// Method is GET where it is empty.
	Method string
	URL    string
	Header http.Header
	// Private names headers that a redirect to another host loses: they are a
	// secret between the sender and the first.
	Private []string
	Body    []byte
	// MaxBytes bounds the decoded body of the answer.
	MaxBytes int64
	// Timeout bounds the whole exchange, redirects and body included; 0 leaves
	// it to the context.
	Timeout time.Duration
}

// Response is an answer, read to its end.
type Response struct {
	// URL is where the answer came from, after redirects.
	URL    *url.URL
	Status int
	Header http.Header
	// Body is decoded where it came compressed.
	Body []byte
}
