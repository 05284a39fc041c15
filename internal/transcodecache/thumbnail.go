package transcodecache

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/ffmpeg"
)

const (
	thumbnailWidth = 320
	thumbnailLimit = 10 * time.Second
	maxThumbnail   = 1 << 20
	// pictureFile is where the files of the picture are put together.
	pictureFile = "source"
)

// Thumbnail is a picture of an asset as JPEG: the first of its first video rendition. The
// error is ErrUnknownAsset where there is no such asset or it has no picture.
func (c *Cache) Thumbnail(ctx context.Context, id string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, thumbnailLimit)
	defer cancel()
	c.picturing.Lock() // ffmpeg is for jobs, so people who look share one process
	defer c.picturing.Unlock()
	a, err := c.stock.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	at := -1
	if a != nil {
		at = slices.IndexFunc(a.Asset.Renditions, func(r avail.AssetRendition) bool { return strings.HasPrefix(r.Name, "v") })
	}
	if at < 0 {
		return nil, fmt.Errorf("asset %q: a picture: %w", id, ErrUnknownAsset)
	}
	picture := &a.Asset.Renditions[at]
	dir, err := c.stock.WorkDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := c.concatenate(ctx, filepath.Join(dir, pictureFile), id, picture.Init, picture.Segments[0].Name); err != nil {
		return nil, err
	}
	demuxer := "mpegts"
	if picture.Init != "" {
		demuxer = "mov"
	}
	args := append([]string{"-nostdin", "-v", "error"}, ffmpeg.InputArgs("file", demuxer)...)
	args = append(args, "-i", "file:"+pictureFile, "-frames:v", "1", "-vf", fmt.Sprintf("scale=%d:-2", thumbnailWidth), "-f", "image2pipe", "-c:v", "mjpeg", "pipe:1")
	jpeg, _, err := ffmpeg.Command{Tool: "ffmpeg", Dir: dir, Args: args, Limit: maxThumbnail}.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("asset %s: make a picture: %w", id, err)
	}
	return jpeg, nil
}

// concatenate writes files of an asset into one. "" is no file.
func (c *Cache) concatenate(ctx context.Context, path, id string, names ...string) error {
	to, err := os.Create(path)
	if err != nil {
		return err
	}
	defer to.Close()
	for _, name := range names {
		if name == "" {
			continue
		}
		from, err := c.Open(ctx, id, name)
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		from.Close()
		if err != nil {
			return err
		}
	}
	return to.Close()
}
