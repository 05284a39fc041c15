package target

// Limits of path elements. The whole path is bounded by the server's limit of
// headers; these keep what is looked up and logged short.
const (
	maxHash          = 64
	maxConfiguration = 1024
	// MaxSession bounds the id of a session, in bytes.
	MaxSession = 64
	// maxFileName bounds the names of assets and of their files.
	maxFileName = 128
)

// IsHash is whether s can be an account hash. MediaTailor's are 40 hexadecimal
// digits or the account's number (reference §10).
func IsHash(s string) bool {
	if s == "" || len(s) > maxHash {
		return false
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) {
			return false
		}
	}
	return true
}

// IsSession is whether s can be a session's UUID. Which sessions exist is
// the service's to know.
func IsSession(s string) bool {
	if s == "" || len(s) > MaxSession {
		return false
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

// IsFileName is whether s can be the name of one of our files: no separator,
// nothing encoded, nothing hidden.
func IsFileName(s string) bool {
	if s == "" || len(s) > maxFileName || s[0] == '.' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
