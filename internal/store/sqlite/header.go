package sqlite

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Schema tells which schema the database of a data directory has, and which one Open
// migrates it to. It only reads the head of the file, in which SQLite keeps user_version
// (file format §1.3), so that a database can be looked at without being changed. The error
// wraps fs.ErrNotExist where there is no database.
func Schema(dir string) (version, current int, err error) {
	file := filepath.Join(dir, fileName)
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	const at, size = 60, 4
	head := make([]byte, at+size)
	if _, err := io.ReadFull(f, head); err != nil {
		return 0, 0, fmt.Errorf("read the head of %s: %w", file, err)
	}
	return int(binary.BigEndian.Uint32(head[at:])), len(migrations), nil
}
