package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/blob"
)

// renditionLife is for how long a Redis server keeps a rendition that nobody uses. The
// cache tells it twice a day which are in use.
const renditionLife = 7 * 24 * time.Hour

// renditionKeys begins the keys of renditions in a Redis server.
const renditionKeys = "stitcher:"

// renditionsURL is the value of --renditions, with the address of the store in the place
// of "redis".
func renditionsURL(renditions, store string) (string, error) {
	if renditions != "redis" {
		return cmp.Or(renditions, "file"), nil
	}
	if !isRedis(store) {
		return "", fmt.Errorf("--renditions redis stands for the server of --store, which is %s; give the URL of a Redis server", store)
	}
	return store, nil
}

// isRedis tells whether a URL is that of one Redis server.
func isRedis(url string) bool {
	return strings.HasPrefix(url, "redis://") || strings.HasPrefix(url, "rediss://")
}

// checkRenditions reports what is wrong with --renditions.
func checkRenditions(renditions, store string) error {
	url, err := renditionsURL(renditions, store)
	switch {
	case err != nil:
		return err
	case url == "file" && store != "sqlite":
		return errors.New("--renditions file needs --store sqlite, because other nodes cannot read the files of this one; use redis or s3://")
	case url == "file":
		return nil
	case isRedis(url):
		if _, err := redis.ParseURL(url); err != nil {
			return errors.New("--renditions is not the URL of a Redis server: redis://user:password@host:port/db")
		}
		return nil
	case strings.HasPrefix(url, "s3://"):
		if _, err := blob.ParseS3(url); err != nil {
			return fmt.Errorf("--renditions: %w", err)
		}
		return nil
	}
	return fmt.Errorf("--renditions %q is none of file, redis, redis://…, rediss://… and s3://…", renditions)
}

// openRenditions opens the shared store of the renditions; nil is that they are in the
// data directory. The store must answer, because a wrong address would otherwise only show
// when the first ad is needed.
func openRenditions(ctx context.Context, renditions, store string) (blob.Store, io.Closer, error) {
	url, err := renditionsURL(renditions, store)
	if err != nil || url == "file" {
		return nil, io.NopCloser(nil), err
	}
	var blobs blob.Store
	var closer io.Closer = io.NopCloser(nil)
	if isRedis(url) {
		o, err := redis.ParseURL(url)
		if err != nil {
			return nil, nil, errors.New("open the renditions: the URL of the Redis server is wrong")
		}
		o.ContextTimeoutEnabled = true // else a check waits for a server that is stopped
		client := redis.NewClient(o)
		blobs, closer = blob.NewRedis(client, renditionKeys, renditionLife), client
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
