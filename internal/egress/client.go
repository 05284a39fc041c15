package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

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
}

const maxRedirects = 10

// New makes a client.
func New(o Options) *Client {
	t := o.Transport
	if t == nil {
		t = network(guard{o.Allow}, nil)
	}
	if o.PerHost == 0 {
		o.PerHost = 512
	}
	return &Client{
		agent: o.UserAgent,
		http:  &http.Client{Transport: &hosts{next: t, limit: o.PerHost, slots: map[string]*slot{}}, CheckRedirect: checkRedirect},
	}
}

func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: it redirects more than %d times", ErrURL, maxRedirects)
	}
	// net/http tells the next server the URL it was sent from. That is no
	// header of the viewer's, and it may hold another server's secrets.
	if via[0].Header.Get("Referer") == "" {
		r.Header.Del("Referer")
	}
	if private, ok := r.Context().Value(privateKey{}).([]string); ok && !strings.EqualFold(r.URL.Host, via[0].URL.Host) {
		for _, name := range private {
			r.Header.Del(name)
		}
	}
	return checkURL(r)
}

// privateKey is under which a request's context has its private headers.
type privateKey struct{}

// checkURL refuses what is no web address.
func checkURL(r *http.Request) error {
	if s := r.URL.Scheme; s != "http" && s != "https" {
		return fmt.Errorf("%w: scheme %q is neither http nor https", ErrURL, s)
	}
	if r.URL.Hostname() == "" {
		return fmt.Errorf("%w: it has no host", ErrURL)
	}
	if r.URL.User != nil {
		return fmt.Errorf("%w: it has a user in it", ErrURL)
	}
	return nil
}

// Do sends r and reads the answer to its end. Any status is an answer. What
// goes wrong after the status was seen is a *BodyError.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if r.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	answer, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	if n := answer.ContentLength; n > 0 && n <= r.MaxBytes && r.Method != http.MethodHead {
		body.Grow(int(n) + bytes.MinRead)
	}
	if err := read(&body, answer, r.MaxBytes); err != nil {
		return nil, &BodyError{Status: answer.StatusCode, Err: recognisable(ctx, err)}
	}
	return &Response{URL: answer.Request.URL, Status: answer.StatusCode, Header: answer.Header, Body: body.Bytes()}, nil
}

// Download copies what a URL answers into w, at most maxBytes decoded bytes. An
// answer other than 200 is a *StatusError.
func (c *Client) Download(ctx context.Context, url string, maxBytes int64, w io.Writer) error {
	_, err := c.DownloadIf(ctx, url, Validators{}, maxBytes, w)
	return err
}

// send makes the exchange up to the body.
func (c *Client) send(ctx context.Context, r Request) (*http.Response, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	if len(r.Private) > 0 {
		ctx = context.WithValue(ctx, privateKey{}, r.Private)
	}
	q, err := http.NewRequestWithContext(ctx, method, r.URL, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, redacted(err))
	}
	if err := checkURL(q); err != nil {
		return nil, err
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
	answer, err := c.http.Do(q)
	if err != nil {
		return nil, recognisable(ctx, redacted(err))
	}
	return answer, nil
}

// recognisable makes time-outs context.DeadlineExceeded whichever layer noticed
// them first.
func recognisable(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	if done := ctx.Err(); done != nil {
		return fmt.Errorf("%w: %w", done, err)
	}
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// hostKey is the name under which requests to a URL's host are counted.
func hostKey(r *http.Request) string { return strings.ToLower(r.URL.Host) }
