package egress

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
)

// slack is by how much a compressed body may be longer than what it decodes to:
// without a bound, members that decode to nothing would be read for ever.
const slack = 64 << 10

// read copies the decoded body, at most limit bytes of it, and says ErrTooLarge
// if there are more.
func read(w io.Writer, answer *http.Response, limit int64) error {
	limit = min(limit, math.MaxInt64-slack-1)
	src := io.Reader(answer.Body)
	if strings.EqualFold(answer.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(io.LimitReader(src, limit+slack))
		answer.Header.Del("Content-Encoding")
		answer.Header.Del("Content-Length")
		if errors.Is(err, io.EOF) {
			return nil // no body: HEAD, 204, 304
		}
		if err != nil {
			return fmt.Errorf("decode gzip: %w", err)
		}
		defer z.Close()
		src = z
	} else if answer.ContentLength > limit && answer.Request.Method != http.MethodHead {
		return ErrTooLarge
	}
	n, err := io.Copy(w, io.LimitReader(src, limit+1))
	if n > limit {
		return ErrTooLarge
	}
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
