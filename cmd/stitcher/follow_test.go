package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/playback/prefetch"
	"stitcher/internal/store/memory"
)

// TestFollow: what another process changes in the store is seen within a second.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		documents := new(memory.Documents)
		node := func() (*config.Configurations, *prefetch.Schedules) {
			c, err := config.New(t.Context(), documents, awsapi.Naming{})
			if err != nil {
				t.Fatal(err)
			}
			s, err := prefetch.New(t.Context(), documents, awsapi.Naming{}, c, nil)
			if err != nil {
				t.Fatal(err)
			}
			return c, s
		}
		configurations, schedules := node()
		otherConfigurations, otherSchedules := node()
		go follow(t.Context(), slog.New(slog.DiscardHandler), followEvery, configurations.Refresh, schedules.Refresh)
		synctest.Wait()
		c, err := config.Parse([]byte(`{"Name":"news"}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := otherConfigurations.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		p, err := prefetch.Parse("news", "p", []byte(`{"Retrieval":{"EndTime":946688400},"Consumption":{"EndTime":946688400}}`), now)
		if err != nil {
			t.Fatal(err)
		}
		if err := otherSchedules.Create(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
		if _, err := configurations.Configuration("news"); err != nil {
			t.Error(err)
		}
		if _, err := schedules.Schedule("news", "p"); err != nil {
			t.Error(err)
		}
	})
}

// TestFollowFails: a store that fails is logged once, not twice a second.
func TestFollowFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		calls := 0
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		follow(ctx, slog.New(slog.NewTextHandler(&log, nil)), followEvery, func(context.Context) error {
			calls++
			return errors.New("disk I/O error")
		})
		if n := strings.Count(log.String(), "disk I/O error"); n != 1 || calls < 100 {
			t.Errorf("%d lines after %d calls: %s", n, calls, log.String())
		}
	})
}
