package encode

import (
	"context"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/profile"
)

// Run encodes a creative into all renditions of a profile, in src's directory, and
// checks what was written against the plan. Target is the loudness in LKFS; loudness is what
// became of it, by number of channels.
func Run(ctx context.Context, p profile.Profile, pl Plan, src *Source, target float64, threads int) (made []avail.AssetRendition, loudness map[int]float64, err error) {
	encode := ffmpeg.Command{Tool: "ffmpeg", Dir: src.dir, Args: encodeArgs(p, pl, src, target, threads), Limit: 1 << 16}
	if _, _, err := encode.Run(ctx); err != nil {
		return nil, nil, fmt.Errorf("encode: %w", err)
	}
	made, err = collect(p, pl, src.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("check what was encoded: %w", err)
	}
	return made, metered(src), nil
}
