// Package atomicfile writes files that are there whole or as before.
package atomicfile

import (
	"fmt"
	"os"
)

// Replace writes a file so that it is there whole or as before.
func Replace(file string, data []byte) error {
	tmp := file + ".tmp"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := os.Rename(tmp, file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
