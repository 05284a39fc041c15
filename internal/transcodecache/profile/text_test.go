package profile

import "testing"

// TestTextSpec: what is no text rendition is not encoded.
func TestTextSpec(t *testing.T) {
	for _, s := range []Spec{
		{Container: FMP4},
		{Container: WebVTT, Text: &Text{Codec: "wvtt"}},
		{Container: TS},
		{Container: FMP4, Text: &Text{Codec: "tx3g"}},
		{Container: FMP4, Text: &Text{Codec: "stpp", Language: "english"}},
		{Container: WebVTT, Audio: &Audio{}},
	} {
		s.Name, s.Kind = "t0", TextKind
		if err := s.validate(); err == nil {
			t.Errorf("%+v is a text rendition", s)
		}
	}
}

// FuzzSampleEntry: an initialization section is the origin's.
func FuzzSampleEntry(f *testing.F) {
	for _, codec := range []string{"wvtt", "stpp"} {
		b := entryInit(codec, "fra")
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, language := sampleEntry(b); language != "" && !languageForm.MatchString(language) {
			t.Errorf("language %q", language)
		}
	})
}
