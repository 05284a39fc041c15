package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	// timeFormat is that of X-Amz-Date.
	timeFormat = "20060102T150405Z"
	dateFormat = "20060102"
	terminator = "aws4_request"
	// window is how far a request's time may be from the server's.
	window = 15 * time.Minute

	contentHash     = "X-Amz-Content-Sha256"
	unsignedPayload = "UNSIGNED-PAYLOAD"
)

// Options are what a Verifier works with; all but Now are required.
type Options struct {
	AccessKey, SecretKey string
	// Service is the signing name, such as "mediatailor".
	Service string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Verifier checks signatures of one key. It is safe for use by many goroutines.
type Verifier struct {
	access, secret, service string
	now                     func() time.Time
}

// New makes a Verifier.
func New(o Options) *Verifier {
	v := &Verifier{access: o.AccessKey, secret: o.SecretKey, service: o.Service, now: o.Now}
	if v.now == nil {
		v.now = time.Now
	}
	return v
}

// Verify checks the signature of a request whose body is given. The error is an
// *Error.
//
// Any region is accepted in the scope of the credential: which one a client is
// set to says nothing about what it may do here.
func (v *Verifier) Verify(r *http.Request, body []byte) error {
	a, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return err
	}
	// The hashes are compared, so that not even the key's length shows.
	given, own := sha256.Sum256([]byte(a.access)), sha256.Sum256([]byte(v.access))
	if subtle.ConstantTimeCompare(given[:], own[:]) != 1 {
		return &Error{"UnrecognizedClientException", "The security token included in the request is invalid."}
	}
	if a.service != v.service {
		return invalid("Credential should be scoped to correct service: '%s'.", v.service)
	}
	at, err := v.signedAt(r, a)
	if err != nil {
		return err
	}
	hash := hex.EncodeToString(sum(body))
	switch sent := r.Header.Get(contentHash); {
	case sent == unsignedPayload:
		// The control API takes commands in bodies: one that is not signed could be
		// another than the client sent.
		return invalid("The body must be signed; x-amz-content-sha256 must not be %s.", unsignedPayload)
	case sent != "" && !strings.EqualFold(sent, hash):
		return invalid("The value of x-amz-content-sha256 is not the SHA-256 of the body.")
	}
	canonical, err := canonicalRequest(r, a.headers, hash)
	if err != nil {
		return err
	}
	want := signature(v.secret, a, at, canonical)
	if subtle.ConstantTimeCompare([]byte(want), []byte(a.signature)) != 1 {
		return invalid("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
	}
	return nil
}

// signedAt is when the request says that it was signed, if that is close enough
// to now.
func (v *Verifier) signedAt(r *http.Request, a authorization) (time.Time, error) {
	name, layout := "X-Amz-Date", timeFormat
	if r.Header.Get(name) == "" {
		name, layout = "Date", http.TimeFormat
	}
	if !slices.Contains(a.headers, strings.ToLower(name)) {
		return time.Time{}, invalid("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
	}
	at, err := time.Parse(layout, r.Header.Get(name))
	if err != nil {
		return time.Time{}, incomplete("Date must be in ISO-8601 'basic format'. See RFC 3339 and X-Amz-Date.")
	}
	if at.Format(dateFormat) != a.date {
		return time.Time{}, invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s'.", a.date, at.Format(dateFormat))
	}
	// SDKs correct their clock on InvalidSignatureException, by our Date.
	now := v.now().UTC()
	if early := now.Add(-window); at.Before(early) {
		return time.Time{}, invalid("Signature expired: %s is now earlier than %s (%s - 15 min.)", at.Format(timeFormat), early.Format(timeFormat), now.Format(timeFormat))
	}
	if late := now.Add(window); at.After(late) {
		return time.Time{}, invalid("Signature not yet current: %s is still later than %s (%s + 15 min.)", at.Format(timeFormat), late.Format(timeFormat), now.Format(timeFormat))
	}
	return at, nil
}

// signature signs a canonical request.
func signature(secret string, a authorization, at time.Time, canonical string) string {
	scope := a.date + "/" + a.region + "/" + a.service + "/" + terminator
	toSign := algorithm + "\n" + at.Format(timeFormat) + "\n" + scope + "\n" + hex.EncodeToString(sum([]byte(canonical)))
	key := []byte("AWS4" + secret)
	for _, part := range []string{a.date, a.region, a.service, terminator, toSign} {
		key = mac(key, part)
	}
	return hex.EncodeToString(key)
}

func sum(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
