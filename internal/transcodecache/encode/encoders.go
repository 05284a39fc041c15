package encode

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/profile"
)

// Encoders is what this machine's ffmpeg can encode, asked once. It is safe for concurrent
// use.
type Encoders struct {
	mu sync.Mutex
	// Names are the names of the encoders; nil until ffmpeg has answered.
	Names map[string]bool
	// asked is nil while ffmpeg is not being asked.
	asked *question
}

// question is a call of ffmpeg that all who want the answer wait for.
type question struct {
	// done is closed when the others are set.
	done  chan struct{}
	names map[string]bool
	err   error
}

// answerLimit bounds a call: ffmpeg takes a fraction of a second on a machine that is idle.
const answerLimit = time.Minute

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

// List gives the names of all encoders. It waits for ffmpeg until ctx ends; ffmpeg goes on,
// because on a busy machine it takes longer than a caller waits. A failure is not kept.
func (e *Encoders) List(ctx context.Context) (map[string]bool, error) {
	e.mu.Lock()
	if e.Names != nil {
		defer e.mu.Unlock()
		return e.Names, nil
	}
	q := e.asked
	if q == nil {
		q = &question{done: make(chan struct{})}
		e.asked = q
		go e.ask(context.WithoutCancel(ctx), q)
	}
	e.mu.Unlock()
	select {
	case <-q.done:
		return q.names, q.err
	case <-ctx.Done():
		return nil, fmt.Errorf("list ffmpeg's encoders: %w", context.Cause(ctx))
	}
}

// ask has ffmpeg answer a question.
func (e *Encoders) ask(ctx context.Context, q *question) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	q.names, q.err = list(ctx)
	e.mu.Lock()
	e.Names, e.asked = q.names, nil
	e.mu.Unlock()
	close(q.done)
}

func list(ctx context.Context) (map[string]bool, error) {
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
	return names, nil
}
