package spool

import (
	"context"
	"fmt"
	"time"
)

const (
	// diskStep is how many triggers are moved from the disk at a time.
	diskStep = 500
	// diskLease is how long a trigger on the disk is left to one attempt.
	diskLease = 10 * time.Second
	// diskTTL is how long the store remembers triggers that come from the disk: as
	// long as a player can hold on to a segment's URL.
	diskTTL = 24 * time.Hour
)

// drainDisk moves the triggers on the disk into the store, which knows those of their
// events that it had already.
func (s *Spool) drainDisk(ctx context.Context) error {
	if s.opt.Disk == nil {
		return nil
	}
	for {
		list, err := s.opt.Disk.Pending(ctx, diskStep, diskLease)
		if err != nil {
			return fmt.Errorf("read the triggers on the disk: %w", err)
		}
		if len(list) == 0 {
			return nil
		}
		var failed error
		for _, c := range list {
			due := s.opt.Now().UnixMicro()
			if failed == nil {
				_, err := s.Store.Widen(ctx, c.Trigger, diskTTL)
				failed = s.refused(err)
			}
			sent := c.Events
			if failed != nil {
				sent = 0 // the next drain has it
			}
			if err := s.opt.Disk.Settle(context.WithoutCancel(ctx), c, sent, nil, due); err != nil {
				return fmt.Errorf("settle a trigger on the disk: %w", err)
			}
		}
		if failed != nil {
			s.stall(failed)
			return failed
		}
	}
}
