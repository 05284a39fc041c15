package faultrt

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Fail answers ErrInjected without asking anybody.
func Fail(*http.Request, http.RoundTripper) (*http.Response, error) { return nil, ErrInjected }

// Hang answers nothing until the request's context ends.
func Hang(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// Status answers a status without asking anybody.
func Status(code int) Fault {
	return func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		return &http.Response{
			StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r,
		}, nil
	}
}

// Delay asks after a while.
func Delay(d time.Duration) Fault {
	return func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return next.RoundTrip(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// Truncate ends the body after n bytes as a connection that breaks does.
func Truncate(n int64) Fault {
	return func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		answer, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		answer.Body = &truncated{ReadCloser: answer.Body, left: n}
		return answer, nil
	}
}

type truncated struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (t *truncated) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := t.ReadCloser.Read(p[:min(int64(len(p)), t.left)])
	t.left -= int64(n)
	return n, err
}
