package trackdoc

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// TestToken: a token is MediaTailor's and is read back, however a player spells it.
func TestToken(t *testing.T) {
	at := time.Date(2023, 7, 21, 20, 23, 7, 775716000, time.UTC)
	for _, event := range []int64{0, 1, 754_868_000, 18152879_931000, -1_500_000} {
		want := Token{event, at}
		text := want.String()
		for _, spelt := range []string{text, strings.TrimRight(text, "="), strings.ReplaceAll(text, "=", "%3D")} {
			if got, err := ParseToken(spelt); err != nil || got.Event != event || !got.Issued.Equal(at) {
				t.Errorf("%s: %v, %v", spelt, got, err)
			}
		}
	}
	// One that MediaTailor issued has nanoseconds.
	theirs := base64.StdEncoding.EncodeToString([]byte("PT12M34.868S_2023-07-21T20:23:07.775716302Z_1"))
	if got, err := ParseToken(theirs); err != nil || got.Event != 754_868_000 || got.Issued.Sub(at) != 302 {
		t.Errorf("%v, %v", got, err)
	}
}

// FuzzToken: what a client sends as a token is read as one or refused.
func FuzzToken(f *testing.F) {
	f.Add(Token{754_868_000, time.Unix(0, 0)}.String())
	for _, plain := range []string{"", "_", "PT_2023-07-21T20:23:07Z_1", "PT1S_x_1", "PT1S_2023-07-21T20:23:07Z_2", "PT999999999H_2023-07-21T20:23:07Z_1"} {
		f.Add(base64.StdEncoding.EncodeToString([]byte(plain)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseToken(text)
		if err != nil {
			return
		}
		if again, err := ParseToken(got.String()); err != nil || again.Event != got.Event || !again.Issued.Equal(got.Issued) {
			t.Errorf("%q: %v, then %v, %v", text, got, again, err)
		}
	})
}
