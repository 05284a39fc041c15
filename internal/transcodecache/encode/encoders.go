package encode

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/profile"
)

// Encoders is what this machine's ffmpeg can encode, asked once.
type Encoders struct {
	mu sync.Mutex
	// Names are the names of the encoders; nil until ffmpeg was asked.
	Names map[string]bool
}

// Check reports an encoder that the profile needs and ffmpeg lacks: builds
// without x265, or without any GPL code, are common.
func (e *Encoders) Check(ctx context.Context, p profile.Profile) error {
	names, err := e.List(ctx)
	if err != nil {
		return err
	}
	for i := range p.Renditions {
		s := &p.Renditions[i]
		if s.Video != nil && !names[videoEncoders[s.Video.Codec]] {
			return fmt.Errorf("rendition %s: this machine's ffmpeg has no encoder %s: %w", s.Name, videoEncoders[s.Video.Codec], profile.ErrUnsupported)
		}
	}
	return nil
}

// List gives the names of all encoders.
func (e *Encoders) List(ctx context.Context) (map[string]bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.Names != nil {
		return e.Names, nil
	}
	out, _, err := ffmpeg.Command{Tool: "ffmpeg", Args: []string{"-v", "error", "-encoders"}, Limit: 1 << 20}.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("list ffmpeg's encoders: %w", err)
	}
	names := map[string]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 {
			names[fields[1]] = true
		}
	}
	e.Names = names
	return names, nil
}
