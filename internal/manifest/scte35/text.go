package scte35

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// longest bounds the text of a section: no section is longer than 4098 bytes,
// and hexadecimal doubles them.
const longest = 3 * 4098

// DecodeString reads a section as playlists carry it: base64 in either
// alphabet, with padding or without, or hexadecimal behind 0x, as the SCTE35
// attributes of EXT-X-DATERANGE have it (RFC 8216bis §4.4.5.1.1). White space
// and quotes around it don't count. Errors are those of Decode.
func DecodeString(text string) (Cue, error) {
	b, err := Bytes(text)
	if err != nil {
		return Cue{}, err
	}
	return Decode(b)
}

// Bytes is the section in a text of the forms that DecodeString takes.
func Bytes(text string) ([]byte, error) {
	if len(text) > longest {
		return nil, fmt.Errorf("text of %d bytes is longer than a section can be", len(text))
	}
	if strings.ContainsAny(text, " \t\r\n\"-_=") {
		text = canonicalText.Replace(text)
	}
	if text == "" {
		return nil, errors.New("there is no section")
	}
	decode := base64.RawStdEncoding.DecodeString
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		text, decode = text[2:], hex.DecodeString
	}
	b, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("section is neither base64 nor hexadecimal: %w", err)
	}
	return b, nil
}

// canonicalText brings every form of base64 to the one without padding.
var canonicalText = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", `"`, "", "-", "+", "_", "/", "=", "")
