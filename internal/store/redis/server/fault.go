package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/store"
)

// Fault is err as store.ErrUnavailable where it is the server's or the network's and
// not that of a call: a lost connection, a time-out, a full memory, a replica that
// takes no writes, a cluster without a slot. It passes, or is repaired.
func Fault(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var reply redis.Error
	if errors.As(err, &reply) && ofCall(reply) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}

// ofCall is whether a reply says that the call is wrong, and would be each time.
func ofCall(reply redis.Error) bool {
	for _, prefix := range []string{"WRONGTYPE", "CROSSSLOT", "user_script", "Error compiling script", "Protocol error"} {
		if redis.HasErrorPrefix(reply, prefix) {
			return true
		}
	}
	return false
}
