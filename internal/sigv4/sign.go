package sigv4

import (
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// Signer signs requests with one key. All members but Now are required.
type Signer struct {
	AccessKey, SecretKey string
	// Region and Service are those of the credential's scope; Service is the signing
	// name, such as "mediatailor".
	Region, Service string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Sign adds the headers that sign a request with the given body. It signs the host, the
// time, the hash of the body and the media type, if the request has one.
func (s *Signer) Sign(r *http.Request, body []byte) error {
	now := s.Now
	if now == nil {
		now = time.Now
	}
	at := now().UTC()
	hash := hex.EncodeToString(sum(body))
	r.Header.Set("X-Amz-Date", at.Format(timeFormat))
	r.Header.Set(contentHash, hash)
	headers := []string{"host", "x-amz-content-sha256", "x-amz-date"}
	if r.Header.Get("Content-Type") != "" {
		headers = append([]string{"content-type"}, headers...)
	}
	canonical, err := canonicalRequest(r, headers, hash)
	if err != nil {
		return err
	}
	a := authorization{access: s.AccessKey, date: at.Format(dateFormat), region: s.Region, service: s.Service}
	scope := strings.Join([]string{a.access, a.date, a.region, a.service, terminator}, "/")
	r.Header.Set("Authorization", algorithm+" Credential="+scope+", SignedHeaders="+strings.Join(headers, ";")+", Signature="+signature(s.SecretKey, a, at, canonical))
	return nil
}
