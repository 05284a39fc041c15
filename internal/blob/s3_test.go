package blob

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

const accessKey, secretKey = "AKIDEXAMPLE", "a/secret+key"

// signed lets requests through that are signed with the keys (AWS Signature Version 4).
func signed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := verify(r); err != nil {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, "<Error><Code>SignatureDoesNotMatch</Code><Message>%s</Message></Error>", err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func verify(r *http.Request) error {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="+accessKey+"/")
	parts := strings.Split(rest, ", ")
	if !ok || len(parts) != 3 {
		parts = strings.Split(rest, ",")
	}
	if !ok || len(parts) != 3 {
		return fmt.Errorf("authorization %q", r.Header.Get("Authorization"))
	}
	scope := parts[0]
	names := strings.Split(strings.TrimPrefix(parts[1], "SignedHeaders="), ";")
	var headers strings.Builder
	for _, name := range names {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = fmt.Sprint(r.ContentLength)
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.TrimSpace(value))
	}
	pairs := strings.Split(strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20"), "&")
	slices.Sort(pairs)
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), strings.Join(pairs, "&"), headers.String(), strings.Join(names, ";"), r.Header.Get("X-Amz-Content-Sha256")}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	key := []byte("AWS4" + secretKey)
	for _, part := range append(strings.Split(scope, "/"), "AWS4-HMAC-SHA256\n"+r.Header.Get("X-Amz-Date")+"\n"+scope+"\n"+hex.EncodeToString(sum[:])) {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	if got := strings.TrimPrefix(parts[2], "Signature="); got != hex.EncodeToString(key) {
		return fmt.Errorf("signature %s of %q", got, canonical)
	}
	return nil
}

// bucket starts an object store with an empty bucket.
func bucket(t *testing.T, secret string) (*S3, *s3mem.Backend) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("renditions"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(signed(gofakes3.New(backend).Server()))
	t.Cleanup(server.Close)
	o, err := ParseS3("s3://renditions/some/prefix?region=eu-north-1&endpoint=" + server.URL)
	if err != nil {
		t.Fatal(err)
	}
	o.Credentials = credentials.NewStaticV4(accessKey, secret, "")
	s, err := NewS3(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, backend
}

func TestS3(t *testing.T) {
	conform(t, func(t *testing.T) Store {
		s, _ := bucket(t, secretKey)
		return s
	})
}

func TestS3Refuses(t *testing.T) {
	s, _ := bucket(t, "another")
	if err := s.Check(t.Context()); err == nil {
		t.Error("a wrong key is accepted")
	}
	s, _ = bucket(t, secretKey)
	s.bucket = "missing"
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a bucket that is not there: %v", err)
	}
}

func TestParseS3(t *testing.T) {
	for raw, want := range map[string]string{
		"s3://b":  "https://s3.amazonaws.com b ",
		"s3://b/": "https://s3.amazonaws.com b ",
		"s3://b/x/y?region=r&endpoint=http://127.0.0.1:9000": "http://127.0.0.1:9000 b x/y/ r",
		"s3://":             "",
		"s3://k:s@b":        "",
		"s3://b?endpiont=x": "",
		"http://b":          "",
	} {
		o, err := ParseS3(raw)
		got := strings.TrimSpace(fmt.Sprint(o.Endpoint, " ", o.Bucket, " ", o.Prefix, " ", o.Region))
		if want == "" && err == nil || want != "" && (err != nil || got != strings.TrimSpace(want)) {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	if _, err := NewS3(S3Options{Endpoint: "127.0.0.1:9000"}); err == nil {
		t.Error("an endpoint without scheme was taken")
	}
}
