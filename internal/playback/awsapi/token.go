package awsapi

import (
	"encoding/base64"
	"errors"
	"strings"
)

// ErrToken is a NextToken that List did not give.
var ErrToken = errors.New("the NextToken is not valid")

// tokenVersion begins a token's plain text, so that tokens can change.
const tokenVersion = "1:"

// TokenAfter is the NextToken of a page that ends with a name. It holds the name and not
// a number, so that a resource that comes or goes between two pages shifts nothing.
func TokenAfter(name string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenVersion + name))
}

// LastOf is the name in a token; "" for no token. The error is ErrToken.
func LastOf(token string) (name string, err error) {
	if token == "" {
		return "", nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(token)
	name, ok := strings.CutPrefix(string(plain), tokenVersion)
	if err != nil || !ok || name == "" {
		return "", ErrToken
	}
	return name, nil
}
