package transcodecache

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

// encoders is what this machine's ffmpeg can encode, asked once.
type encoders struct {
	mu    sync.Mutex
	names map[string]bool
}

// check reports an encoder that the profile needs and ffmpeg lacks: builds
// without x265, or without any GPL code, are common.
func (e *encoders) check(ctx context.Context, p profile.Profile) error {
	names, err := e.list(ctx)
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

func (e *encoders) list(ctx context.Context) (map[string]bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.names != nil {
		return e.names, nil
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
	e.names = names
	return names, nil
}
