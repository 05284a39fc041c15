package trackdoc

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Token is how far a player has read: the NextToken of a document. As MediaTailor's it is
// the base64 of PT12M34.868S_2026-07-21T20:23:07.775716Z_1, in which 1 is the version
// (reference §6.3).
type Token struct {
	// Event is the start of the last event that was told, in microseconds of the
	// presentation.
	Event int64
	// Issued is when the avail of that event was decided, so that the token of a
	// document that does not change does not change either.
	Issued time.Time
}

const tokenVersion = "1"

// maxToken is how long a token may be that a player sends, in bytes.
const maxToken = 256

var errToken = errors.New("the NextToken is not one of this service")

// String is the token as it is sent.
func (t Token) String() string {
	return base64.StdEncoding.EncodeToString([]byte(iso(t.Event) + "_" + t.Issued.UTC().Format(time.RFC3339Nano) + "_" + tokenVersion))
}

// ParseToken reads a token. Its padding may be missing or percent-encoded, as players
// send it.
func ParseToken(text string) (Token, error) {
	if len(text) > maxToken {
		return Token{}, errToken
	}
	text = strings.TrimRight(strings.NewReplacer("%3D", "=", "%3d", "=").Replace(text), "=")
	plain, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return Token{}, errToken
	}
	parts := strings.Split(string(plain), "_")
	if len(parts) != 3 || parts[2] != tokenVersion {
		return Token{}, errToken
	}
	var t Token
	if t.Event, err = parseISO(parts[0]); err != nil {
		return Token{}, fmt.Errorf("%w: %w", errToken, err)
	}
	if t.Issued, err = time.Parse(time.RFC3339Nano, parts[1]); err != nil {
		return Token{}, fmt.Errorf("%w: %w", errToken, err)
	}
	return t, nil
}
