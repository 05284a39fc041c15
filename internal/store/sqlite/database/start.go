package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// errDamaged is a database whose pages contradict each other.
var errDamaged = errors.New("the database is damaged")

// checkFor is for how long a database is checked at the start: a restart must not take as long
// as the reading of a great one. What is not found out by then shows when it is read.
const checkFor = 2 * time.Second

// check looks for damage.
func check(ctx context.Context, conn *sql.Conn) error {
	bounded, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()
	var found string
	err := conn.QueryRowContext(bounded, "PRAGMA quick_check(1)").Scan(&found)
	switch {
	case bounded.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case found != "ok":
		return fmt.Errorf("%w: %s", errDamaged, found)
	}
	return nil
}

// wayOut says what an operator can do about a database that cannot be opened; "" where the
// error says it.
func wayOut(err error) string {
	code := 0
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		code = e.Code() & 0xff
	}
	switch {
	case errors.Is(err, errDamaged), code == lib.SQLITE_CORRUPT, code == lib.SQLITE_NOTADB:
		return "restore the file from a backup, or repair it with sqlite3's .recover; or move it away together with the files beside it that begin with its name, to begin anew without configurations and sessions"
	case code == lib.SQLITE_FULL:
		return "the disk is full: make room on it, or move the data directory to another one (--data-dir)"
	case code == lib.SQLITE_IOERR:
		return "the disk fails, is full or has a limit: look at the system's log, or move the data directory to another one (--data-dir)"
	case code == lib.SQLITE_READONLY, code == lib.SQLITE_CANTOPEN, code == lib.SQLITE_PERM:
		return "the user of the process must be able to write to the file, to its directory and to the files beside it that begin with its name"
	}
	return ""
}
