package egress

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// ErrNotModified says that what a URL answers is what the caller has already.
var ErrNotModified = errors.New("the answer has not changed")

// Validators are what a server says of the version of its answer (RFC 9110 §8.8).
type Validators struct {
	// ETag and LastModified are the header fields as they were sent; "" where the
	// answer has none.
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
}

// maxValidator bounds a validator, because callers keep them.
const maxValidator = 256

// validatorsOf reads the validators of an answer; what is too long is none.
func validatorsOf(h http.Header) Validators {
	short := func(v string) string {
		if len(v) > maxValidator {
			return ""
		}
		return v
	}
	return Validators{ETag: short(h.Get("Etag")), LastModified: short(h.Get("Last-Modified"))}
}

// DownloadIf is Download on the condition that the answer is not the one that has the
// validators (RFC 9110 §13.1); otherwise it returns ErrNotModified. Zero validators are
// no condition. It returns those of the answer.
func (c *Client) DownloadIf(ctx context.Context, url string, known Validators, maxBytes int64, w io.Writer) (Validators, error) {
	h := http.Header{}
	if known.ETag != "" {
		h.Set("If-None-Match", known.ETag)
	}
	if known.LastModified != "" {
		h.Set("If-Modified-Since", known.LastModified)
	}
	answer, err := c.send(ctx, Request{URL: url, Header: h})
	if err != nil {
		return Validators{}, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotModified && len(h) > 0 {
		return known, ErrNotModified
	}
	if answer.StatusCode != http.StatusOK {
		return Validators{}, &StatusError{answer.StatusCode}
	}
	got := validatorsOf(answer.Header)
	return got, recognisable(ctx, read(w, answer, maxBytes))
}
