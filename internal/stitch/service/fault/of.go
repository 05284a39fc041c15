package fault

import (
	"context"
	"errors"
	"fmt"

	"stitcher/internal/egress"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/store"
)

// Of is what the player of a session is told of an error: the origin's refusals as they
// are, its silence as 504, the rest of its faults as 502 (house style rule 7,
// reference §2.4). x is nil where the session is not known.
func Of(err error, x *playback.Session) *Error {
	asset, id := "", ""
	if x != nil {
		asset, id = x.Asset, x.ID
	}
	public := func(reason string) string {
		return fmt.Sprintf("failed to generate manifest: %s. asset path: [%s], sessionId:[%s]", reason, asset, id)
	}
	var status *manifests.StatusError
	switch {
	case errors.As(err, &status):
		switch status.Status {
		case 404:
			return &Error{Status: 404, Type: "NotFoundException", Public: public("the origin has no such manifest"), Err: err}
		case 401, 403:
			return &Error{Status: status.Status, Type: "AccessDeniedException", Public: public("the origin refuses the manifest"), Err: err}
		case 410:
			return &Error{Status: 410, Type: "Gone", Public: public("the origin's manifest is gone"), Err: err}
		}
		return &Error{Status: 502, Type: "BadGatewayException", Public: public("Unable to obtain template playlist"), Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Status: 504, Type: "GatewayTimeoutException", Public: public("Unable to obtain template playlist in time"), Err: err}
	case errors.Is(err, manifests.ErrUnusable), errors.Is(err, egress.ErrTooLarge):
		return &Error{Status: 502, Type: "UnsupportedManifestException", Public: public("the origin's manifest is not supported"), Err: err}
	case errors.Is(err, store.ErrUnavailable):
		return &Error{Status: 503, Type: "LoadShed", Public: public("the session cannot be read now"), Err: err}
	case errors.Is(err, store.ErrFailed):
		return &Error{Status: 500, Type: "InternalServiceError", Public: public("internal error"), Err: err}
	}
	return &Error{Status: 502, Type: "BadGatewayException", Public: public("Unable to obtain template playlist"), Err: err}
}
