package blob

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3 keeps sets in a bucket of an S3-compatible object store. The objects:
//
//	<prefix>renditions/<id>/<name>   a file
//	<prefix>sets/<id>                JSON of the Set; written last, removed first
//
// The time of last use is that of the second kind's last modification.
type S3 struct {
	client         *minio.Client
	bucket, prefix string
}

var _ Store = (*S3)(nil)

// S3Options say where the bucket is.
type S3Options struct {
	// Endpoint is the URL of the object store, https://s3.amazonaws.com by default.
	Endpoint string
	Region   string
	Bucket   string
	// Prefix begins all keys; it is empty or ends in a slash.
	Prefix string
	// Credentials sign the requests.
	Credentials *credentials.Credentials
	// Transport replaces the network, for tests.
	Transport http.RoundTripper
}

// ParseS3 reads s3://bucket/prefix?endpoint=URL&region=NAME. Credentials are those of the
// AWS tools: the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), the shared
// credentials file, or the role of the machine.
func ParseS3(raw string) (S3Options, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil {
		return S3Options{}, errors.New("the URL of a bucket is s3://bucket/prefix?endpoint=URL&region=NAME, without credentials")
	}
	o := S3Options{Bucket: u.Host, Prefix: strings.Trim(u.Path, "/"), Endpoint: "https://s3.amazonaws.com"}
	if o.Prefix != "" {
		o.Prefix += "/"
	}
	for name, values := range u.Query() {
		switch name {
		case "endpoint":
			o.Endpoint = values[0]
		case "region":
			o.Region = values[0]
		default:
			return S3Options{}, fmt.Errorf("the URL of a bucket has no parameter %q; it has endpoint and region", name)
		}
	}
	o.Credentials = credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{}})
	return o, nil
}

// NewS3 makes a store of a bucket, which must exist.
func NewS3(o S3Options) (*S3, error) {
	endpoint, err := url.Parse(o.Endpoint)
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "http" && endpoint.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the URL of an object store", o.Endpoint)
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: o.Credentials, Secure: endpoint.Scheme == "https", Region: o.Region, Transport: o.Transport, MaxRetries: 3,
	})
	if err != nil {
		return nil, err
	}
	return &S3{client, o.Bucket, o.Prefix}, nil
}

func (s *S3) object(id, name string) string { return s.prefix + "renditions/" + id + "/" + name }
func (s *S3) meta(id string) string         { return s.prefix + "sets/" + id }

// Put implements Store.
func (s *S3) Put(ctx context.Context, id, dir string, files map[string]int64) error {
	if err := checkSet(id, files); err != nil {
		return err
	}
	if err := s.Delete(ctx, id); err != nil {
		return err
	}
	for name, size := range files {
		sent, err := s.client.FPutObject(ctx, s.bucket, s.object(id, name), filepath.Join(dir, name), minio.PutObjectOptions{})
		if err == nil && sent.Size != size {
			err = fmt.Errorf("it has %d bytes instead of %d", sent.Size, size)
		}
		if err != nil {
			return fmt.Errorf("store file %s: %w", name, err)
		}
	}
	return s.putMeta(ctx, &Set{ID: id, Files: files})
}

func (s *S3) putMeta(ctx context.Context, set *Set) error {
	doc, err := json.Marshal(set)
	if err != nil {
		return err
	}
	_, err = s.client.PutObject(ctx, s.bucket, s.meta(set.ID), bytes.NewReader(doc), int64(len(doc)), minio.PutObjectOptions{ContentType: "application/json"})
	return err
}

// gone tells whether an error says that there is no such object.
func gone(err error) bool { return minio.ToErrorResponse(err).Code == minio.NoSuchKey }

// Stat implements Store.
func (s *S3) Stat(ctx context.Context, id string) (Set, error) {
	if !ValidID(id) {
		return Set{}, missing(id, "")
	}
	object, err := s.client.GetObject(ctx, s.bucket, s.meta(id), minio.GetObjectOptions{})
	if err != nil {
		return Set{}, err
	}
	defer object.Close()
	doc, err := io.ReadAll(io.LimitReader(object, 4<<20))
	if gone(err) {
		return Set{}, missing(id, "")
	}
	if err != nil {
		return Set{}, err
	}
	info, err := object.Stat()
	if err != nil {
		return Set{}, err
	}
	var set Set
	if err := json.Unmarshal(doc, &set); err != nil || set.ID != id {
		return Set{}, fmt.Errorf("rendition %s: its description cannot be read: %w", id, err)
	}
	set.Used = info.LastModified
	return set, nil
}

// Open implements Store.
func (s *S3) Open(ctx context.Context, id, name string, offset, length int64) (io.ReadCloser, error) {
	set, err := s.Stat(ctx, id)
	if err != nil {
		return nil, err
	}
	size, ok := set.Files[name]
	if !ok {
		return nil, missing(id, name)
	}
	from, n := clip(size, offset, length)
	if n == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	var o minio.GetObjectOptions
	if err := o.SetRange(from, from+n-1); err != nil {
		return nil, err
	}
	object, err := s.client.GetObject(ctx, s.bucket, s.object(id, name), o)
	if err != nil {
		return nil, err
	}
	return found{object, id, name}, nil
}

// found is an object whose absence shows when it is read.
type found struct {
	*minio.Object
	id, name string
}

// Read implements io.Reader.
func (f found) Read(p []byte) (int, error) {
	n, err := f.Object.Read(p)
	if err != nil && gone(err) {
		err = missing(f.id, f.name)
	}
	return n, err
}

// Touch implements Store.
func (s *S3) Touch(ctx context.Context, id string) error {
	set, err := s.Stat(ctx, id)
	if err != nil {
		return err
	}
	return s.putMeta(ctx, &set)
}

// Delete implements Store. It removes what an unfinished Put has left, too.
func (s *S3) Delete(ctx context.Context, id string) error {
	if !ValidID(id) {
		return nil
	}
	if err := s.client.RemoveObject(ctx, s.bucket, s.meta(id), minio.RemoveObjectOptions{}); err != nil && !gone(err) {
		return err
	}
	var errs []error
	for object := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.object(id, ""), Recursive: true}) {
		if object.Err != nil {
			return object.Err
		}
		errs = append(errs, s.client.RemoveObject(ctx, s.bucket, object.Key, minio.RemoveObjectOptions{}))
	}
	return errors.Join(errs...)
}

// List implements Store.
func (s *S3) List(ctx context.Context, after string, limit int) ([]Set, error) {
	o := minio.ListObjectsOptions{Prefix: s.meta(""), Recursive: true}
	if after != "" {
		o.StartAfter = s.meta(after)
	}
	var list []Set
	for object := range s.client.ListObjectsIter(ctx, s.bucket, o) {
		if object.Err != nil {
			return nil, object.Err
		}
		if len(list) == limit {
			break
		}
		set, err := s.Stat(ctx, strings.TrimPrefix(object.Key, o.Prefix))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, set)
	}
	return list, nil
}

// Check implements Store.
func (s *S3) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	exists, err := s.client.BucketExists(ctx, s.bucket)
	if err == nil && !exists {
		err = fmt.Errorf("bucket %s does not exist", s.bucket)
	}
	return err
}
