package database

import (
	"fmt"
	"os"
	"time"
)

const (
	// walLimit is how large the write-ahead log may grow before the writer
	// folds it back by force. SQLite does so by itself after every 1,000 pages,
	// but can start the log anew only at a moment without readers; with many
	// viewers there may be none.
	walLimit = 64 << 20
	// checkpointPatience is how long the writer waits for readers then, and
	// checkpointPause how long it leaves them alone if it waited in vain.
	checkpointPatience = 100 * time.Millisecond
	checkpointPause    = 10 * time.Second
	// lockPatience is how long a connection waits for other processes.
	lockPatience = 10 * time.Second
)

// checkpoint keeps the log from growing for ever.
func (s *DB) checkpoint() {
	info, err := os.Stat(s.file + "-wal")
	if err != nil || info.Size() < s.walLimit || time.Since(s.checkpointed) < checkpointPause {
		return
	}
	if err := s.truncate(); err != nil {
		s.checkpointed = time.Now()
		s.opts.Log.Warn("truncate the write-ahead log", "bytes", info.Size(), "err", err)
	}
}

func (s *DB) truncate() error {
	var set int64
	if err := s.statements.Row(fmt.Sprintf("PRAGMA busy_timeout = %d", checkpointPatience.Milliseconds()), nil, &set); err != nil {
		return err
	}
	var busy, pages, moved int
	err := s.statements.Row("PRAGMA wal_checkpoint(TRUNCATE)", nil, &busy, &pages, &moved)
	if err == nil && busy != 0 {
		err = fmt.Errorf("a reader prevents the checkpoint of %d of %d pages", pages-moved, pages)
	}
	if e := s.statements.Row(fmt.Sprintf("PRAGMA busy_timeout = %d", lockPatience.Milliseconds()), nil, &set); err == nil {
		err = e
	}
	return err
}
