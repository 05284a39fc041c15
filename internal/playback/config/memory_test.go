package config

import (
	"stitcher/internal/playback/playbacktest"
	"stitcher/internal/store/memory"
)

func memoryStore() *playbacktest.Fragile {
	return &playbacktest.Fragile{Documents: new(memory.Documents)}
}
