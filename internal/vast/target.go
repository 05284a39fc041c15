package vast

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"stitcher/internal/avail"
)

// absolute makes a tag URI absolute.
func absolute(base, tag string) (string, error) {
	if !strings.Contains(tag, "://") && base != "" && tag != "" {
		b, err := url.Parse(base)
		if err != nil {
			return "", fmt.Errorf("resolve tag URI: %w", err)
		}
		u, err := b.Parse(tag)
		if err != nil {
			return "", fmt.Errorf("resolve tag URI: %w", err)
		}
		tag = u.String()
	}
	u, err := url.Parse(tag)
	if err != nil {
		return "", fmt.Errorf("read tag URI: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("the tag URI is not an absolute http URL")
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
