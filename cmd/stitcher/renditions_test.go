package main

import (
	"strings"
	"testing"
)

func TestRenditionsFlag(t *testing.T) {
	for _, tc := range []struct{ renditions, store, want string }{
		{"file", "sqlite", ""},
		{"file", "redis://127.0.0.1:6379", "other nodes cannot read"},
		{"redis", "sqlite", "give the URL"},
		{"redis", "redis://127.0.0.1:6379/1", ""},
		{"redis://127.0.0.1:6379/2", "sqlite", ""},
		{"rediss://user:secret@127.0.0.1/2", "sqlite", ""},
		{"redis://:secret@127.0.0.1/x", "sqlite", "is not the URL"},
		{"s3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=x", "sqlite", ""},
		{"s3://key:secret@bucket", "sqlite", "without credentials"},
		{"s3:///", "sqlite", "s3://bucket"},
		{"ftp://x", "sqlite", "is none of"},
	} {
		err := checkRenditions(tc.renditions, tc.store)
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
		if _, _, err := openRenditions(t.Context(), url, "sqlite"); err == nil || !strings.Contains(err.Error(), "open the renditions") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
