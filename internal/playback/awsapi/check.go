package awsapi

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of the API (reference §8.3), in characters.
const (
	MaxName = 512
	// maxNameBytes is what the viewer plane accepts in a path.
	maxNameBytes = 1024
	MaxTags      = 50
	maxTagKey    = 128
	maxTagValue  = 256
)

// CheckLength refuses a text that is longer than limit characters.
func CheckLength(member, v string, limit int, found *Problems) {
	if utf8.RuneCountInString(v) > limit {
		found.Add(member, "must not be longer than %d characters", limit)
	}
}

// CheckName refuses the names that no playback URL could hold: they are an
// element of its path, and a path element that means another place is refused
// there (design §9).
func CheckName(member, name string, found *Problems) {
	if name == "" {
		found.Add(member, "is required")
		return
	}
	CheckLength(member, name, MaxName, found)
	if len(name) > maxNameBytes {
		found.Add(member, "must not be longer than %d bytes", maxNameBytes)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' || r == utf8.RuneError }) {
		found.Add(member, "must not hold control characters or backslashes")
	}
	for element := range strings.SplitSeq(name, "/") {
		// Some servers decode twice, and some drop what follows a semicolon.
		plain, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(element), "%2e", "."), ";")
		if element == "" || plain == "." || plain == ".." {
			found.Add(member, "must not be empty, . or .. before, between or after slashes")
			return
		}
	}
}

// CheckTags refuses tags that MediaTailor would refuse.
func CheckTags(member string, tags map[string]string, found *Problems) {
	if len(tags) > MaxTags {
		found.Add(member, "must not hold more than %d tags", MaxTags)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if key == "" || utf8.RuneCountInString(key) > maxTagKey {
			found.Add(member, "must have keys of 1 to %d characters", maxTagKey)
		}
		if utf8.RuneCountInString(tags[key]) > maxTagValue {
			found.Add(member+"."+key, "must not be longer than %d characters", maxTagValue)
		}
	}
}
