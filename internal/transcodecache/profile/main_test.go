package profile

import (
	"os"
	"testing"

	"stitcher/internal/transcodecache/mediatest"
)

func TestMain(m *testing.M) { os.Exit(mediatest.Run(m)) }
