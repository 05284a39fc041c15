package egress

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// ErrTooLarge says that a body is larger than the request allows.
var ErrTooLarge = errors.New("the answer is too large")

// StatusError is an answer to a Download that is not 200.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return fmt.Sprintf("the answer has status %d", e.Status) }

// Options are the rules of a Client.
type Options struct {
	// Allow is private address space that may be reached.
	Allow []netip.Prefix
	// UserAgent is sent where a request has none.
	UserAgent string
	// PerHost bounds the requests under way to one host; 0 is 512.
	PerHost int
	// Transport replaces the network, for tests.
	Transport http.RoundTripper
}

// Client sends requests. It is safe for use by many goroutines.
type Client struct {
	agent string
	http  *http.Client
	hosts hosts
}

const (
	maxRedirects = 10
	dialTimeout  = 5 * time.Second
)

// New makes a client.
func New(o Options) *Client {
	t := o.Transport
	if t == nil {
		d := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, ControlContext: guard{o.Allow}.control}
		t = &http.Transport{
			Proxy:                  nil, // never the environment's
			DialContext:            d.DialContext,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           4096,
			MaxIdleConnsPerHost:    256,
			IdleConnTimeout:        90 * time.Second,
			TLSHandshakeTimeout:    5 * time.Second,
			ExpectContinueTimeout:  time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true, // we decode ourselves, within the limit
		}
	}
	if o.PerHost == 0 {
		o.PerHost = 512
	}
	return &Client{
		agent: o.UserAgent,
		http:  &http.Client{Transport: t, CheckRedirect: checkRedirect},
		hosts: hosts{limit: o.PerHost, slots: map[string]*slot{}},
	}
}

func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return checkURL(r)
}

// checkURL refuses what is no web address.
func checkURL(r *http.Request) error {
	if s := r.URL.Scheme; s != "http" && s != "https" {
		return fmt.Errorf("scheme %q is neither http nor https", s)
	}
	if r.URL.Host == "" {
		return errors.New("the URL has no host")
	}
	if r.URL.User != nil {
		return errors.New("the URL has a user in it")
	}
	return nil
}

// Do sends r and reads the answer to its end. Any status is an answer.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if r.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	answer, done, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer done()
	var body bytes.Buffer
	if n := answer.ContentLength; n > 0 && n <= r.MaxBytes {
		body.Grow(int(n) + bytes.MinRead)
	}
	if err := read(&body, answer, r.MaxBytes); err != nil {
		return nil, sanitize(ctx, err)
	}
	return &Response{URL: answer.Request.URL, Status: answer.StatusCode, Header: answer.Header, Body: body.Bytes()}, nil
}

// Download copies what a URL answers into w. An answer other than 200 is a
// *StatusError.
func (c *Client) Download(ctx context.Context, url string, maxBytes int64, w io.Writer) error {
	answer, done, err := c.send(ctx, Request{URL: url})
	if err != nil {
		return err
	}
	defer done()
	if answer.StatusCode != http.StatusOK {
		return &StatusError{answer.StatusCode}
	}
	if answer.ContentLength > maxBytes {
		return ErrTooLarge
	}
	return sanitize(ctx, read(w, answer, maxBytes))
}

// send makes the exchange up to the body; done releases it.
func (c *Client) send(ctx context.Context, r Request) (*http.Response, func(), error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	q, err := http.NewRequestWithContext(ctx, method, r.URL, body)
	if err != nil {
		return nil, nil, fmt.Errorf("request: %w", err)
	}
	if err := checkURL(q); err != nil {
		return nil, nil, err
	}
	for k, v := range r.Header {
		q.Header[http.CanonicalHeaderKey(k)] = v
	}
	if q.Header.Get("User-Agent") == "" && c.agent != "" {
		q.Header.Set("User-Agent", c.agent)
	}
	if q.Header.Get("Accept-Encoding") == "" && q.Header.Get("Range") == "" {
		q.Header.Set("Accept-Encoding", "gzip")
	}
	release, err := c.hosts.enter(ctx, q.URL.Host)
	if err != nil {
		return nil, nil, err
	}
	answer, err := c.http.Do(q)
	if err != nil {
		release()
		return nil, nil, sanitize(ctx, err)
	}
	return answer, func() { _ = answer.Body.Close(); release() }, nil
}

// read copies the decoded body, at most limit bytes of it.
func read(w io.Writer, answer *http.Response, limit int64) error {
	src := io.Reader(answer.Body)
	if strings.EqualFold(answer.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(src)
		if err != nil {
			return fmt.Errorf("decode gzip: %w", err)
		}
		defer z.Close()
		src = z
		answer.Header.Del("Content-Encoding")
	}
	n, err := io.Copy(w, io.LimitReader(src, limit+1))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if n > limit {
		return ErrTooLarge
	}
	return nil
}

// sanitize makes time-outs recognisable whichever layer noticed them first.
func sanitize(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	var t net.Error
	if ctx.Err() != nil || errors.As(err, &t) && t.Timeout() {
		return fmt.Errorf("%w: %w", cause(ctx), err)
	}
	return err
}

func cause(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return context.DeadlineExceeded
}
