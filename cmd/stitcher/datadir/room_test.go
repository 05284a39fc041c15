package datadir

import (
	"strings"
	"testing"
)

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	if err := Room(dir, 1); err != nil {
		t.Errorf("with room: %v", err)
	}
	if err := Room(dir, 1<<62); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("without room: %v", err)
	}
	if err := Room(dir+"/none", 1); err == nil {
		t.Error("a directory that is not there has room")
	}
}
