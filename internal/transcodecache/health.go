package transcodecache

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// Tools reports a program that this node needs and that is not on the path:
// ffprobe reads the content's samples, ffmpeg makes the renditions.
func (c *Cache) Tools(context.Context) error {
	tools := []string{"ffprobe"}
	if c.opts.Workers > 0 {
		tools = append(tools, "ffmpeg")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is not in PATH, so no ad can be prepared", tool)
		}
	}
	return nil
}

// Encoders reports the encoders that ffmpeg lacks for profiles in use: content in
// such a codec has no ads that are transcoded. ffmpeg is asked where a profile needs one.
func (c *Cache) Encoders(ctx context.Context) error {
	needed := c.profiles.Encoders()
	if c.opts.Workers == 0 || len(needed) == 0 {
		return nil
	}
	names, err := c.make.Encoders.List(ctx)
	if err != nil {
		return err
	}
	var missing []string
	for _, encoder := range needed {
		if !names[encoder] {
			missing = append(missing, encoder)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("this machine's ffmpeg has no encoder %s, and content needs it", strings.Join(missing, " and no "))
	}
	return nil
}
