package awsapi

import (
	"crypto/sha1" //nolint:gosec // a label, not a secret: MediaTailor's are 40 hexadecimal digits
	"encoding/hex"
	"net/url"
	"strings"
)

// Naming makes the names and URLs under which resources are known outside.
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
func (n Naming) ARN(name string) string { return n.ARNPrefix() + name }

// ARNPrefix begins the ARNs of configurations.
func (n Naming) ARNPrefix() string {
	return "arn:aws:mediatailor:" + n.Region + ":" + n.Account + ":playbackConfiguration/"
}

// ConfigurationName is the name in an ARN; false if it is not the ARN of a
// configuration here.
func (n Naming) ConfigurationName(arn string) (string, bool) {
	name, ok := strings.CutPrefix(arn, n.ARNPrefix())
	return name, ok && name != ""
}

// Endpoint is the endpoint prefix of a configuration under /v1/{kind}/.
func (n Naming) Endpoint(kind, name string) string {
	return n.PublicURL + "/v1/" + kind + "/" + n.Hash() + "/" + url.PathEscape(name) + "/"
}

// PrefetchARN is the resource name of a prefetch schedule.
func (n Naming) PrefetchARN(configuration, name string) string {
	return n.PrefetchARNPrefix() + PrefetchID(configuration, name)
}

// PrefetchARNPrefix begins the ARNs of prefetch schedules.
func (n Naming) PrefetchARNPrefix() string {
	return "arn:aws:mediatailor:" + n.Region + ":" + n.Account + ":prefetchSchedule/"
}

// PrefetchName is the configuration and the name in an ARN; false if it is not
// the ARN of a prefetch schedule here.
func (n Naming) PrefetchName(arn string) (configuration, name string, ok bool) {
	id, ok := strings.CutPrefix(arn, n.PrefetchARNPrefix())
	if !ok {
		return "", "", false
	}
	return SplitPrefetchID(id)
}

// PrefetchID is the id of a schedule's document.
func PrefetchID(configuration, name string) string { return configuration + "/" + name }

// SplitPrefetchID is the inverse of PrefetchID. Names of schedules have no slash, so the
// name is what follows the last slash.
func SplitPrefetchID(id string) (configuration, name string, ok bool) {
	i := strings.LastIndexByte(id, '/')
	if i <= 0 || i == len(id)-1 {
		return "", "", false
	}
	return id[:i], id[i+1:], true
}
