package vast

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"stitcher/internal/avail"
)

// errTagURI says that a tag URI leads nowhere.
var errTagURI = errors.New("the tag URI is not an absolute http URL")

// absolute checks that a tag URI, resolved and with its macros replaced, can be
// asked for.
func absolute(tag string) (string, error) {
	u, err := url.Parse(tag)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errTagURI, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errTagURI
	}
	return tag, nil
}

// FaultReason tells a request that took too long from one that failed.
func FaultReason(err error) avail.Reason {
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return avail.AdsTimeout
	}
	return avail.AdsError
}
