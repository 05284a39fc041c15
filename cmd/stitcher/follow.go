package main

import (
	"context"
	"log/slog"
	"time"
)

// followEvery is how often the store is asked for changes that other processes
// made to configurations and prefetch schedules: they must be seen within a second.
const followEvery = 500 * time.Millisecond

// follow calls each refresh at once, and again every while until ctx ends. What fails is
// logged when it begins to fail.
func follow(ctx context.Context, log *slog.Logger, every time.Duration, refresh ...func(context.Context) error) {
	t := time.NewTicker(every)
	defer t.Stop()
	failing := make([]bool, len(refresh))
	for {
		for i, f := range refresh {
			err := f(ctx)
			if err != nil && !failing[i] && ctx.Err() == nil {
				log.Error("poll the store for changes of other processes", "err", err)
			}
			failing[i] = err != nil
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}
