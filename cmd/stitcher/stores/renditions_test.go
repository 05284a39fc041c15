package stores

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stitcher/internal/blob"
	"stitcher/internal/store/redis/redistest"
)

func TestRenditionsFlag(t *testing.T) {
	for _, tc := range []struct{ renditions, store, want string }{
		{"file", "sqlite", ""},
		{"file", "redis://127.0.0.1:6379", "other nodes cannot read"},
		{"redis", "sqlite", "give the URL"},
		{"redis", "redis://127.0.0.1:6379/1", ""},
		{"redis://127.0.0.1:6379/2", "sqlite", ""},
		{"rediss://user:secret@127.0.0.1/2", "sqlite", ""},
		{"redis://:secret@127.0.0.1/x", "sqlite", "is not the address"},
		{"redis", "redis+sentinel://127.0.0.1:26379/main?prefix=a:", ""},
		{"redis+cluster://127.0.0.1,127.0.0.2", "sqlite", ""},
		{"redis+sentinel://user:secret@127.0.0.1", "sqlite", "name of the primary"},
		{"s3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=x", "sqlite", ""},
		{"s3://key:secret@bucket", "sqlite", "without credentials"},
		{"s3:///", "sqlite", "s3://bucket"},
		{"ftp://x", "sqlite", "is unknown"},
	} {
		err := CheckRenditions(tc.renditions, tc.store)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("--renditions %s --store %s: %v, want %q", tc.renditions, tc.store, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
}

// TestRenditionsMustAnswer: a store that does not answer is an error when the service
// starts, and not when the first ad is needed.
func TestRenditionsMustAnswer(t *testing.T) {
	for _, url := range []string{"redis://127.0.0.1:1/0", "s3://bucket?endpoint=http://127.0.0.1:1&region=x"} {
		t.Setenv("AWS_ACCESS_KEY_ID", "k")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
		if _, _, err := OpenRenditions(t.Context(), url, "sqlite"); err == nil || !strings.Contains(err.Error(), "open the renditions") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestRenditionsOnManyServers: renditions are kept in a cluster, and behind Sentinels, where
// they are there after a failover. All keys have the prefix of the address.
func TestRenditionsOnManyServers(t *testing.T) {
	const id = "a0000000000000000000000000000000"
	dir, files := t.TempDir(), map[string]int64{"v0-00000.ts": 1<<20 + 7, "v0-00001.ts": 3}
	for name, size := range files {
		if err := os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte{name[8]}, int(size)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open := func(t *testing.T, address string) blob.Store {
		t.Helper()
		s, closer, err := OpenRenditions(t.Context(), "redis", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closer.Close() })
		return s
	}
	read := func(ctx context.Context, s blob.Store) error {
		for name, size := range files {
			r, err := s.Open(ctx, id, name, 0, -1)
			if err != nil {
				return err
			}
			got, err := io.ReadAll(r)
			if err != nil || len(got) != int(size) || got[size-1] != name[8] {
				return fmt.Errorf("%s: %d bytes, %w", name, len(got), err)
			}
			_ = r.Close()
		}
		return nil
	}
	use := func(t *testing.T, s blob.Store) {
		t.Helper()
		if err := errors.Join(s.Put(t.Context(), id, dir, files), read(t.Context(), s), s.Touch(t.Context(), id)); err != nil {
			t.Fatal(err)
		}
		if list, err := s.List(t.Context(), "", 10); len(list) != 1 || err != nil {
			t.Errorf("the list is %v, %v", list, err)
		}
	}
	t.Run("cluster", func(t *testing.T) {
		c := redistest.StartCluster(t, 3)
		s := open(t, c.URL()+"?prefix=blue:")
		use(t, s)
		n := 0
		for _, server := range c.Servers {
			keys, err := server.Client().Keys(t.Context(), "*").Result()
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range keys {
				if n++; !strings.HasPrefix(key, "blue:") {
					t.Errorf("key %s", key)
				}
			}
		}
		if n != 6 {
			t.Errorf("%d keys", n)
		}
		if err := s.Delete(t.Context(), id); err != nil {
			t.Error(err)
		}
		if list, err := s.List(t.Context(), "", 10); len(list) != 0 || err != nil {
			t.Errorf("after it was deleted the list is %v, %v", list, err)
		}
	})
	t.Run("Sentinel", func(t *testing.T) {
		x := redistest.StartSentinel(t, "")
		s := open(t, x.URL())
		use(t, s)
		if n, err := x.Primary.Client().Wait(t.Context(), 1, 10*time.Second).Result(); n != 1 || err != nil {
			t.Fatalf("%d replicas have the writes, %v", n, err)
		}
		x.Primary.Kill()
		redistest.Until(t, "the renditions can be read", func(ctx context.Context) error { return read(ctx, s) })
		redistest.Until(t, "the renditions can be written", func(ctx context.Context) error { return s.Touch(ctx, id) })
	})
}
