// Package packed is the form in which a manifest is in the store: compressed, with its URL.
package packed

import (
	"bytes"
	"compress/flate"
	"io"
	"net/url"
)

// maxPacked bounds a manifest as it is stored, maxUnpacked as it is read back.
const (
	maxPacked   = 256 << 10
	maxUnpacked = 16 << 20
)

// Pack compresses a manifest; nil is that it is too large to be stored. base may be nil.
func Pack(body []byte, base *url.URL) ([]byte, error) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if base != nil {
		_, _ = io.WriteString(z, base.String())
	}
	_, _ = z.Write([]byte("\n")) // a buffer takes everything
	_, _ = z.Write(body)
	if err := z.Close(); err != nil {
		return nil, err
	}
	if b.Len() > maxPacked {
		return nil, nil
	}
	return b.Bytes(), nil
}

// Unpack reads what Pack wrote.
func Unpack(value []byte) (body []byte, base *url.URL, err error) {
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(value)), maxUnpacked))
	if err != nil {
		return nil, nil, err
	}
	head, body, _ := bytes.Cut(text, []byte("\n"))
	base, err = url.Parse(string(head))
	return body, base, err
}
