package playback

import (
	"crypto/sha1" //nolint:gosec // a label, not a secret: MediaTailor's are 40 hexadecimal digits
	"encoding/hex"
	"net/url"
	"strings"
)

// Naming makes the names by which the world knows configurations.
type Naming struct {
	// Account and Region are those of ARNs.
	Account, Region string
	// PublicURL is the absolute base of the viewer plane, without a slash at
	// its end.
	PublicURL string
}

// Hash is the {hash} of playback URLs, 40 hexadecimal digits.
func (n Naming) Hash() string {
	sum := sha1.Sum([]byte(n.Account)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// ARN is the resource name of a configuration.
func (n Naming) ARN(name string) string { return n.arnPrefix() + name }

func (n Naming) arnPrefix() string {
	return "arn:aws:mediatailor:" + n.Region + ":" + n.Account + ":playbackConfiguration/"
}

// ConfigurationName is the name in an ARN; false if it is not the ARN of a
// configuration here.
func (n Naming) ConfigurationName(arn string) (string, bool) {
	name, ok := strings.CutPrefix(arn, n.arnPrefix())
	return name, ok && name != ""
}

// prefix is the endpoint prefix of a configuration under /v1/{kind}/.
func (n Naming) prefix(kind, name string) string {
	return n.PublicURL + "/v1/" + kind + "/" + n.Hash() + "/" + url.PathEscape(name) + "/"
}
