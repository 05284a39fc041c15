package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// payload is a file of a size whose bytes tell where they are.
func payload(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i>>8 ^ i*31)
	}
	return b
}

// fill writes files into a new directory.
func fill(t *testing.T, sizes map[string]int64) string {
	t.Helper()
	dir := t.TempDir()
	for name, size := range sizes {
		if err := os.WriteFile(filepath.Join(dir, name), payload(int(size)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func put(t *testing.T, s Store, id string, sizes map[string]int64) {
	t.Helper()
	if err := s.Put(t.Context(), id, fill(t, sizes), sizes); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s Store, id, name string, offset, length int64) ([]byte, error) {
	t.Helper()
	r, err := s.Open(t.Context(), id, name, offset, length)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// id is the id of a set that begins with a digit.
func id(begin string) string { return begin + strings.Repeat("0", 32-len(begin)) }

// conform is the conformance suite of Store. fresh makes an empty store.
func conform(t *testing.T, fresh func(t *testing.T) Store) {
	sizes := map[string]int64{"v0-init.mp4": 700, "v0-00000.m4s": 2*chunkSize + 17, "v0-00001.m4s": chunkSize, "t0-00000.vtt": 1}
	t.Run("a set is as it was stored", func(t *testing.T) {
		s := fresh(t)
		before := time.Now().Add(-2 * time.Second)
		put(t, s, id("a"), sizes)
		set, err := s.Stat(t.Context(), id("a"))
		if err != nil || set.ID != id("a") || len(set.Files) != len(sizes) || set.Bytes() != 3*chunkSize+718 {
			t.Errorf("Stat = %+v, %v", set, err)
		}
		if set.Used.Before(before) || set.Used.After(time.Now().Add(2*time.Second)) {
			t.Errorf("it was used at %s", set.Used)
		}
		for name, size := range sizes {
			if got, err := read(t, s, id("a"), name, 0, -1); err != nil || !bytes.Equal(got, payload(int(size))) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("parts", func(t *testing.T) {
		s := fresh(t)
		put(t, s, id("a"), sizes)
		const name, size = "v0-00000.m4s", 2*chunkSize + 17
		whole := payload(size)
		for _, p := range [][2]int64{{0, 1}, {0, 0}, {1, 2}, {chunkSize - 1, 2}, {chunkSize, chunkSize}, {chunkSize + 5, -1}, {size - 1, 100}, {size, 1}, {size + 10, -1}, {3, size}} {
			want := whole[min(p[0], size):]
			if p[1] >= 0 {
				want = want[:min(p[1], int64(len(want)))]
			}
			if got, err := read(t, s, id("a"), name, p[0], p[1]); err != nil || !bytes.Equal(got, want) {
				t.Errorf("part %v: %d bytes, want %d, %v", p, len(got), len(want), err)
			}
		}
	})
	t.Run("what is not there", func(t *testing.T) {
		s := fresh(t)
		put(t, s, id("a"), sizes)
		for _, at := range [][2]string{
			{id("b"), "v0-00000.m4s"}, {id("a"), "v0-00009.m4s"}, {id("a"), ""}, {id("a"), "../" + id("a") + "/v0-00000.m4s"},
			{"", "v0-00000.m4s"}, {"..", "v0-00000.m4s"}, {id("a") + "/", "v0-00000.m4s"}, {id("A"), "v0-00000.m4s"},
		} {
			if got, err := read(t, s, at[0], at[1], 0, -1); !errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %d bytes, %v", at, len(got), err)
			}
		}
		for _, id := range []string{id("b"), "", "..", id("A")} {
			if _, err := s.Stat(t.Context(), id); !errors.Is(err, ErrNotFound) {
				t.Errorf("Stat(%q): %v", id, err)
			}
			if err := s.Touch(t.Context(), id); !errors.Is(err, ErrNotFound) {
				t.Errorf("Touch(%q): %v", id, err)
			}
			if err := s.Delete(t.Context(), id); err != nil {
				t.Errorf("Delete(%q): %v", id, err)
			}
		}
	})
	t.Run("what is no set", func(t *testing.T) {
		s := fresh(t)
		for what, files := range map[string]map[string]int64{
			"no files": {}, "a name": {"x/y": 1}, "an empty file": {"v0-00000.ts": 0}, "another size": {"v0-00000.ts": 5},
			"a file that is not there": {"v0-00001.ts": 4},
		} {
			if err := s.Put(t.Context(), id("a"), fill(t, map[string]int64{"v0-00000.ts": 4}), files); err == nil {
				t.Errorf("%s: it was stored", what)
			}
			if _, err := s.Stat(t.Context(), id("a")); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: half a set is found: %v", what, err)
			}
		}
		if err := s.Put(t.Context(), "../x", fill(t, map[string]int64{"v0-00000.ts": 4}), map[string]int64{"v0-00000.ts": 4}); err == nil {
			t.Error("an id with a path was taken")
		}
	})
	t.Run("a set replaces another and goes as a whole", func(t *testing.T) {
		s := fresh(t)
		put(t, s, id("a"), sizes)
		put(t, s, id("a"), map[string]int64{"v0-00000.ts": 3})
		set, err := s.Stat(t.Context(), id("a"))
		if err != nil || set.Bytes() != 3 {
			t.Errorf("Stat = %+v, %v", set, err)
		}
		if _, err := read(t, s, id("a"), "v0-00000.m4s", 0, -1); !errors.Is(err, ErrNotFound) {
			t.Errorf("a file of the old set: %v", err)
		}
		if err := s.Delete(t.Context(), id("a")); err != nil {
			t.Fatal(err)
		}
		if _, err := read(t, s, id("a"), "v0-00000.ts", 0, -1); !errors.Is(err, ErrNotFound) {
			t.Errorf("after Delete: %v", err)
		}
		if list, err := s.List(t.Context(), "", 10); err != nil || len(list) != 0 {
			t.Errorf("after Delete: %v, %v", list, err)
		}
	})
	t.Run("lists are in order and in pages", func(t *testing.T) {
		s := fresh(t)
		var want []string
		for _, begin := range []string{"c", "a", "b1", "b0", "a9"} {
			put(t, s, id(begin), map[string]int64{"v0-00000.ts": 3})
			want = append(want, id(begin))
		}
		slices.Sort(want)
		var got []string
		for after := ""; ; {
			page, err := s.List(t.Context(), after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range page {
				got, after = append(got, set.ID), set.ID
				if set.Bytes() != 3 || set.Used.IsZero() {
					t.Errorf("%+v", set)
				}
			}
			if len(page) < 2 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("listed %v, want %v", got, want)
		}
	})
	t.Run("touched", func(t *testing.T) {
		s := fresh(t)
		put(t, s, id("a"), sizes)
		before, err := s.Stat(t.Context(), id("a"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Touch(t.Context(), id("a")); err != nil {
			t.Fatal(err)
		}
		if after, err := s.Stat(t.Context(), id("a")); err != nil || after.Used.Before(before.Used) || after.Bytes() != before.Bytes() {
			t.Errorf("%+v became %+v, %v", before, after, err)
		}
	})
	t.Run("a context that has ended", func(t *testing.T) {
		s := fresh(t)
		if _, local := s.(*File); local {
			t.Skip("a directory does not wait")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Put(ctx, id("a"), fill(t, sizes), sizes); err == nil {
			t.Error("it was stored")
		}
	})
}

func TestFile(t *testing.T) {
	conform(t, func(t *testing.T) Store {
		s, err := NewFile(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
