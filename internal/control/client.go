// Package control is a client of stitcher's control API, for the commands that work on a
// running service.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"stitcher/internal/sigv4"
)

// Options say which service is asked.
type Options struct {
	// URL is the address of the admin plane, such as http://127.0.0.1:8081.
	URL string
	// AccessKey and SecretKey sign the requests, with Region in the scope; requests are
	// not signed without them.
	AccessKey, SecretKey, Region string
	// Transport replaces the network, for tests; nil is the usual one.
	Transport http.RoundTripper
}

// Client sends requests to one service.
type Client struct {
	base   *url.URL
	signer *sigv4.Signer
	http   *http.Client
}

const (
	timeout = 30 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 20
)

// New makes a client. The error says what is wrong with the URL.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(o.URL, "/"))
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" {
		return nil, fmt.Errorf("%q is not the URL of an admin plane such as http://127.0.0.1:8081", o.URL)
	}
	c := &Client{base: base, http: &http.Client{Timeout: timeout, Transport: o.Transport}}
	if o.AccessKey != "" {
		c.signer = &sigv4.Signer{AccessKey: o.AccessKey, SecretKey: o.SecretKey, Region: o.Region, Service: "mediatailor"}
	}
	return c, nil
}

// Error is an answer that refuses a request.
type Error struct {
	Status int
	// Message is what the service says.
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("HTTP %d: %s", e.Status, e.Message) }

// PutConfiguration creates or replaces a playback configuration. The body is that of
// PutPlaybackConfiguration.
func (c *Client) PutConfiguration(ctx context.Context, body []byte) error {
	_, err := c.do(ctx, http.MethodPut, "/playbackConfiguration", "", body)
	return err
}

// ConfigureLogs sets the logs of a configuration. The body is that of
// ConfigureLogsForPlaybackConfiguration.
func (c *Client) ConfigureLogs(ctx context.Context, body []byte) error {
	_, err := c.do(ctx, http.MethodPut, "/configureLogs/playbackConfiguration", "", body)
	return err
}

// Configurations are all playback configurations, as the service renders them.
func (c *Client) Configurations(ctx context.Context) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for token := ""; ; {
		query := url.Values{"MaxResults": {"100"}}
		if token != "" {
			query.Set("NextToken", token)
		}
		answer, err := c.do(ctx, http.MethodGet, "/playbackConfigurations", query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Items     []json.RawMessage
			NextToken string
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, fmt.Errorf("read the list of configurations: %w", err)
		}
		all = append(all, page.Items...)
		if page.NextToken == "" || page.NextToken == token {
			return all, nil
		}
		token = page.NextToken
	}
}

// Reason is why a service is not ready.
type Reason struct{ Name, Error string }

// Ready is what keeps the service from being ready; none is that it is.
func (c *Client) Ready(ctx context.Context) ([]Reason, error) {
	answer, err := c.do(ctx, http.MethodGet, "/readyz", "", nil)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusServiceUnavailable {
		answer, err = []byte(refused.Message), nil
	}
	if err != nil {
		return nil, err
	}
	var state struct{ Reasons []Reason }
	if err := json.Unmarshal(answer, &state); err != nil {
		return nil, fmt.Errorf("read the answer of /readyz: %w", err)
	}
	return state.Reasons, nil
}

// do sends one request. An answer that is not 2xx is an *Error.
func (c *Client) do(ctx context.Context, method, path, query string, body []byte) ([]byte, error) {
	u := *c.base
	u.Path += path
	u.RawQuery = query
	r, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.signer != nil {
		if err := c.signer.Sign(r, body); err != nil {
			return nil, err
		}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, &Error{resp.StatusCode, message(answer)}
	}
	return answer, nil
}

// message is the text of an error of the control API, or else the whole answer.
func message(answer []byte) string {
	var e struct{ Message string } // "message" in answers of the control API
	if json.Unmarshal(answer, &e) == nil && e.Message != "" {
		return e.Message
	}
	return strings.TrimSpace(string(answer))
}
