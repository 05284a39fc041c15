// Package identity tells which creatives are the same: sources, which are URLs as one
// configuration and ad server use them, the contents that they lead to, and the assets and
// jobs of these contents.
package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"stitcher/internal/avail"
)

// DefaultVolatile are query parameters that usually change from one ad response to the
// next while the file stays the same: cache busters, clocks and signatures. A name that
// ends in * stands for all that begin so.
const DefaultVolatile = "cb,cachebuster,cachebusting,cache_buster,rnd,rand,random,ord,correlator,_,nonce,ts,timestamp," +
	"expires,expiry,se,signature,sig,token,hdnts,hdnea,policy,key-pair-id,x-amz-*,x-goog-*"

// Volatile is the rule which query parameters of a media URL do not tell files apart.
// The zero value has none, so the whole URL counts.
type Volatile struct {
	names    map[string]bool
	prefixes []string
}

// NewVolatile makes the rule of a comma-separated list of names, whose case does not
// matter. "none" is the empty list.
func NewVolatile(list string) Volatile {
	if list == "none" {
		list = ""
	}
	v := Volatile{names: map[string]bool{}}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if prefix, ok := strings.CutSuffix(name, "*"); ok {
			v.prefixes = append(v.prefixes, prefix)
		} else if name != "" {
			v.names[name] = true
		}
	}
	return v
}

// has tells whether a parameter is volatile.
func (v Volatile) has(name string) bool {
	if decoded, err := url.QueryUnescape(name); err == nil {
		name = decoded
	}
	name = strings.ToLower(name)
	for _, p := range v.prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return v.names[name]
}

// stable is a URL without its volatile query parameters and its fragment. The others
// keep their order.
func (v Volatile) stable(raw string) string {
	raw, _, _ = strings.Cut(raw, "#")
	head, query, ok := strings.Cut(raw, "?")
	if !ok || len(v.names)+len(v.prefixes) == 0 {
		return raw
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(pair, "="); !v.has(name) {
			kept = append(kept, pair)
		}
	}
	if len(kept) == 0 {
		return head
	}
	return head + "?" + strings.Join(kept, "&")
}

// NextFile is a creative with its next file in the place of the first; false if it has no
// other.
func NextFile(c avail.Creative) (avail.Creative, bool) {
	if len(c.Others) == 0 {
		return c, false
	}
	c.URL, c.Others = c.Others[0], c.Others[1:]
	return c, true
}

// SourceID is the identity of a place that files of creatives come from: a URL as one
// configuration and one ad server use it. What others answer with the same URL, or the
// same ids, changes nothing here. What is imported of a stream depends on the profile.
func (v Volatile) SourceID(profile string, c avail.Creative) string {
	id := c.Configuration + "\x00" + c.AdServer + "\x00" + v.stable(c.URL)
	if c.Streaming {
		id += "\x00" + profile
	}
	return hash(id)
}

// JobID is the identity of the work for a source, a profile and a declared length.
func JobID(source, profile string, c avail.Creative) string {
	return hash(source + "\x00" + profile + "\x00" + strconv.FormatInt(c.Duration, 10))
}

// AssetID is the identity of what is shown: the content of a file, prepared for a
// profile. The same file that is cut to another declared length is another asset.
func AssetID(profile string, s *Source, c avail.Creative) string {
	id := profile + "\x00" + s.Content
	if c.Streaming {
		id += "\x00streaming"
	} else if Trimmed(s.Length, c.Duration) {
		id += "\x00" + strconv.FormatInt(c.Duration, 10)
	}
	return hash(id)
}

// second is a second in microseconds.
const second = int64(1_000_000)

// maxTrim is how much is cut from the end of a creative that is longer than its ad
// server declares, in microseconds.
const maxTrim = second / 2

// Trimmed tells whether a creative is made as long as declared, both in microseconds: one of
// 900 frames at 30/1.001 a second is 30.03 s long, sold as 30 s, and its avail is 30 s long.
// What is longer than maxTrim was declared wrongly, and is left as it is.
func Trimmed(length, declared int64) bool {
	return declared >= second && length > declared && length-declared <= maxTrim
}

// hash is a content hash of 128 bits in hexadecimal.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
