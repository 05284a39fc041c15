package stores

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"stitcher/internal/blob"
	"stitcher/internal/store/redis/server"
)

// renditionLife is for how long a Redis server keeps a rendition that is not
// in use. The cache tells it twice a day which are.
const renditionLife = 7 * 24 * time.Hour

// renditionsURL is the value of --renditions, with the address of the store in the place
// of "redis".
func renditionsURL(renditions, store string) (string, error) {
	if renditions != "redis" {
		return cmp.Or(renditions, "file"), nil
	}
	if !server.IsAddress(store) {
		return "", fmt.Errorf("--renditions redis stands for the server of --store, which is %s; give the URL of a Redis server", store)
	}
	return store, nil
}

// CheckRenditions reports what is wrong with --renditions.
func CheckRenditions(renditions, store string) error {
	url, err := renditionsURL(renditions, store)
	switch {
	case err != nil:
		return err
	case url == "file" && store != Embedded:
		return errors.New("--renditions file needs --store sqlite, because other nodes cannot read the files of this one; use redis or s3://")
	case url == "file":
		return nil
	case server.IsAddress(url):
		if _, err := server.ParseAddress(url); err != nil {
			return fmt.Errorf("--renditions is not the address of Redis: %w", err)
		}
		return nil
	case strings.HasPrefix(url, "s3://"):
		if _, err := blob.ParseS3(url); err != nil {
			return fmt.Errorf("--renditions: %w", err)
		}
		return nil
	}
	return fmt.Errorf("--renditions %q is unknown: want file, redis, redis://…, redis+sentinel://…, redis+cluster://…, one of these with rediss, or s3://…", renditions)
}

// OpenRenditions opens the shared store of the renditions; nil is that they are in the
// data directory. The store must answer, because a wrong address would otherwise only show
// when the first ad is needed.
func OpenRenditions(ctx context.Context, renditions, store string) (blob.Store, io.Closer, error) {
	url, err := renditionsURL(renditions, store)
	if err != nil || url == "file" {
		return nil, io.NopCloser(nil), err
	}
	var blobs blob.Store
	var closer io.Closer = io.NopCloser(nil)
	if server.IsAddress(url) {
		client, prefix, err := server.Connect(url)
		if err != nil {
			return nil, nil, fmt.Errorf("open the renditions: %w", err)
		}
		blobs, closer = blob.NewRedis(client, prefix, renditionLife), client
	} else {
		o, err := blob.ParseS3(url)
		if err != nil {
			return nil, nil, fmt.Errorf("open the renditions: %w", err)
		}
		if blobs, err = blob.NewS3(o); err != nil {
			return nil, nil, fmt.Errorf("open the renditions: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := blobs.Check(ctx); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open the renditions: %w", err), closer.Close())
	}
	return blobs, closer, nil
}
