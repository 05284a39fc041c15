package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/egress"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/store"
)

// TestOf: a player is told the origin's refusals as they are, and nothing of other causes.
func TestOf(t *testing.T) {
	secret := errors.New("dial 10.1.2.3: secret")
	for _, c := range []struct {
		err    error
		status int
		kind   string
	}{
		{&manifests.StatusError{Status: 404}, 404, "NotFoundException"},
		{&manifests.StatusError{Status: 401}, 401, "AccessDeniedException"},
		{&manifests.StatusError{Status: 403}, 403, "AccessDeniedException"},
		{&manifests.StatusError{Status: 410}, 410, "Gone"},
		{&manifests.StatusError{Status: 500}, 502, "BadGatewayException"},
		{context.DeadlineExceeded, 504, "GatewayTimeoutException"},
		{manifests.ErrUnusable, 502, "UnsupportedManifestException"},
		{egress.ErrTooLarge, 502, "UnsupportedManifestException"},
		{store.ErrUnavailable, 503, "LoadShed"},
		{store.ErrFailed, 500, "InternalServiceError"},
		{secret, 502, "BadGatewayException"},
	} {
		err := fmt.Errorf("%w: %w", c.err, secret)
		got := Of(err, &playback.Session{ID: "x", Asset: "a.m3u8"})
		if got.Status != c.status || got.Type != c.kind || !errors.Is(got, c.err) {
			t.Errorf("%v is told as %d %s, want %d %s", c.err, got.Status, got.Type, c.status, c.kind)
		}
		if strings.Contains(got.Public, "secret") || !strings.Contains(got.Public, "sessionId:[x]") {
			t.Errorf("the player is told %q", got.Public)
		}
	}
}
